// Asking questions, the people behind a number, and what events, properties and values there are.

import { keepPreviousData, useInfiniteQuery, useQuery, useQueryClient } from '@tanstack/react-query';
import { api, unwrap, type Schemas } from '../../data/client';
import { ApiError } from '../../data/errors';
import type { Answered } from './answer/answerData';
import type { Subject } from './condition';
import { builtAnswer, questionOfAnswer, type EventChoice, type Question } from './question';

export type SchemaEvent = Schemas['SchemaEvent'];
export type SchemaProperty = Schemas['SchemaProperty'];
export type SchemaValue = Schemas['SchemaValue'];

/** Only what may pass by itself is asked again; a question that took too long would again. */
const retry = (count: number, error: unknown) => count < 2 && error instanceof ApiError && (error.status === 0 || error.status === 503);

/** The answer of a question, asked once and kept; a question that is null is not asked. */
export function useAnswer(question: Question | null) {
  return useQuery({
    queryKey: ['answer', question],
    queryFn: async ({ signal }): Promise<Answered> => {
      const asked = question!;
      return { question: asked, answer: builtAnswer(await unwrap(api.POST('/api/query', { body: asked, signal }))) };
    },
    enabled: question !== null,
    // What was asked before stays, with its own question, until the next answer is there.
    placeholderData: (previous) => (previous?.question.kind === question?.kind ? previous : undefined),
    staleTime: 60_000,
    refetchOnWindowFocus: false,
    retry,
  });
}

/** Stops every question under way: the browser hangs up, and the server is told so. */
export function useStop(): () => void {
  const cache = useQueryClient();
  return () => void cache.cancelQueries({ queryKey: ['answer'] });
}

/** The people behind one number of an answer, page by page. */
export function useCellPeople(of: Answered, cell: string) {
  const query = questionOfAnswer(of.question, of.answer);
  return useInfiniteQuery({
    queryKey: ['cell', query, cell],
    queryFn: ({ pageParam, signal }) => unwrap(api.POST('/api/query/people', {
      params: { query: { limit: 50, ...(pageParam ? { cursor: pageParam } : {}) } }, body: { query, cell }, signal,
    })),
    initialPageParam: '',
    getNextPageParam: (page) => page.next ?? undefined,
    staleTime: 60_000,
    retry,
  });
}

const kSchemaStaleMs = 120_000;

/** The short names of the sources, or of the channels, that there are; none of another subject. */
export function useOrigins(subject: Subject): string[] {
  const sources = useQuery({ queryKey: ['sources'], queryFn: () => unwrap(api.GET('/api/sources')), enabled: subject === 'source', staleTime: kSchemaStaleMs });
  const channels = useQuery({ queryKey: ['channels'], queryFn: () => unwrap(api.GET('/api/channels')), enabled: subject === 'channel', staleTime: kSchemaStaleMs });
  return ((subject === 'source' ? sources : subject === 'channel' ? channels : undefined)?.data?.items ?? []).map((one) => one.key);
}

/** The names of events that there are, most frequent first. */
export function useEvents() {
  return useQuery({
    queryKey: ['schema', 'events'],
    queryFn: () => unwrap(api.GET('/api/schema/events')),
    staleTime: kSchemaStaleMs,
  });
}

/** What an event is asked by in the schema: its name or its type; every event asks for neither. */
function schemaOf(choice: EventChoice): Pick<EventChoice, 'event' | 'type'> {
  return { ...(choice.event && choice.event !== '*' ? { event: choice.event } : {}), ...(choice.type ? { type: choice.type } : {}) };
}

/** The properties that events of a choice carry, most frequent first. */
export function useProperties(choice: EventChoice) {
  const query = schemaOf(choice);
  return useQuery({
    queryKey: ['schema', 'properties', query],
    queryFn: () => unwrap(api.GET('/api/schema/properties', { params: { query } })),
    staleTime: kSchemaStaleMs,
  });
}

/** The values of a property that begin with what was typed, most frequent first. */
export function useValues(choice: EventChoice, property: string, typed: string) {
  const query = { ...schemaOf(choice), property, ...(typed ? { q: typed } : {}) };
  return useQuery({
    queryKey: ['schema', 'values', query],
    queryFn: () => unwrap(api.GET('/api/schema/values', { params: { query } })),
    enabled: property !== '',
    placeholderData: keepPreviousData,
    staleTime: kSchemaStaleMs,
  });
}
