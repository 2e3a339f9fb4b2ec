// Saved questions: reading, writing, copying, deleting and bringing back.

import { keepPreviousData, useMutation, useQuery, useQueryClient, type QueryClient } from '@tanstack/react-query';
import { api, unwrap, versioned, type Schemas } from '../../data/client';
import { allPages, keyFor } from '../../data/definitions';
import type { Shelf } from '../../data/removal';
import { Together } from '../../data/together';
import { explorePath, type Question, type QueryAnswer } from '../explore/question';

export type SavedQuestion = Schemas['SavedQuestion'];
export type QuestionWrite = Schemas['SavedQuestionWrite'];
export type ChartKind = SavedQuestion['chart'];

/** Any question that can be saved: of the builder, or a statement. */
export type Asked = Schemas['Query'];

/** A question with its answer. */
export interface AskedAnswer {
  question: Asked;
  answer: Schemas['QueryAnswer'];
}

/** The screen that changes a saved question. */
export function changePath(question: Asked, saved: string): string {
  if (question.kind === 'sql') return `/sql?${new URLSearchParams({ sql: question.sql, saved })}`;
  return `${explorePath(question)}&saved=${saved}`;
}


/** All saved questions, in the order of their names. */
export function useSavedQuestions() {
  return useQuery({
    queryKey: ['questions', 'all'],
    queryFn: async () => (await readAll()).sort((a, b) => a.name.localeCompare(b.name)),
  });
}

interface Loaded {
  question: SavedQuestion;
  etag: string | null;
}

async function readAll(): Promise<SavedQuestion[]> {
  return allPages((query) => unwrap(api.GET('/api/questions', { params: { query } })));
}

/** One question with the version that a change is made on. */
async function readQuestion(key: string): Promise<Loaded> {
  const { now: question, etag } = await versioned(api.GET('/api/questions/{key}', { params: { path: { key } } }));
  return { question, etag };
}

export function useSavedQuestion(key: string) {
  return useQuery({ queryKey: ['questions', 'one', key], queryFn: () => readQuestion(key) });
}

/** First part of what answers are kept under. */
export const kAnswers = 'answers';

const kTogetherMost = 50;

// The tiles of a dashboard are asked at one moment.
const together = new Together<Question, QueryAnswer>(
  async (queries, signal) => (await unwrap(api.POST('/api/queries', { body: { queries }, signal }))).answers, kTogetherMost);

/** A statement is asked by itself: it reads history in a way of its own. */
function answerOf(question: Asked, signal: AbortSignal): Promise<Schemas['QueryAnswer']> {
  return question.kind === 'sql' ? unwrap(api.POST('/api/query', { body: question, signal })) : together.ask(question, signal);
}

/**
 * The answer of a question, asked when the screen opens and then only when somebody says so. The
 * answer of another range stays until the new one is there.
 */
export function useAnswer(question: Asked | undefined) {
  return useQuery({
    queryKey: [kAnswers, question],
    queryFn: async ({ signal }): Promise<AskedAnswer> => {
      if (!question) throw new Error('question: not read yet');
      return { question, answer: await answerOf(question, signal) };
    },
    enabled: question !== undefined,
    staleTime: Infinity,
    refetchOnMount: 'always',
    refetchOnWindowFocus: false,
    placeholderData: keepPreviousData, // With its own question.
  });
}

/** What is written of a question that was read. */
export function writeOf(question: SavedQuestion): QuestionWrite {
  return { name: question.name, description: question.description, question: question.question, chart: question.chart };
}

function put(key: string, body: QuestionWrite, header: Record<string, string>): Promise<SavedQuestion> {
  return unwrap(api.PUT('/api/questions/{key}', { params: { path: { key }, header }, body }));
}

const kIsNew = { 'If-None-Match': '*' };

/** Lists and audit are asked anew; the page of one that was deleted asks nothing more. */
function forgetLists(cache: QueryClient) {
  return cache.invalidateQueries({ predicate: ({ queryKey: [noun, what] }) => noun === 'audit' || (noun === 'questions' && what !== 'one') });
}

function forget(cache: QueryClient, key: string) {
  return Promise.all([forgetLists(cache), cache.invalidateQueries({ queryKey: ['questions', 'one', key] })]);
}

/** Keeps a question under a key made of its name. */
export function useMakeQuestion() {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: async (wish: QuestionWrite) => {
      const taken = (await readAll()).map((one) => one.key);
      return put(keyFor(wish.name, taken, 'question'), wish, kIsNew);
    },
    onSuccess: () => forgetLists(cache),
  });
}

/** Changes fields of a question as it stands now; what somebody else changes meanwhile is not lost. */
export function useChangeQuestion() {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: async ({ key, change }: { key: string; change: Partial<QuestionWrite> }) => {
      const { question, etag } = await readQuestion(key);
      return put(key, { ...writeOf(question), ...change }, etag ? { 'If-Match': etag } : {});
    },
    onSuccess: (_, { key }) => forget(cache, key),
  });
}

/** How questions are deleted and brought back. */
export const kQuestions: Shelf<SavedQuestion> = {
  path: '/questions',
  read: async (key) => { const { question, etag } = await readQuestion(key); return { now: question, etag }; },
  write: (question, header) => put(question.key, writeOf(question), header),
  remove: (key, header) => unwrap(api.DELETE('/api/questions/{key}', { params: { path: { key }, header } })),
  forget: forgetLists,
};
