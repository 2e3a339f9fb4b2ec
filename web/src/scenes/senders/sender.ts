// A sender as its dialog holds it: fields as typed. Pure.

import type { Schemas } from '../../data/client';

export type Senders = Schemas['SenderSettings'];
export type Sender = Senders[string];
export type SenderType = Sender['type'];
export type Tls = NonNullable<Sender['tls']>;

export const kTls: readonly Tls[] = ['required', 'implicit', 'optional', 'none'];
export const kChannels = ['email', 'webhook', 'sms', 'whatsapp', 'push'] as const;

/** The channel whose steps each name where they call. */
export const kStepsChannel = 'webhook';

export interface Draft {
  channel: string;
  type: SenderType;
  host: string;
  port: string;
  tls: Tls;
  user: string;
  password: string; // Empty: the one that stands.
  authorities: string;
  hello: string;
  url: string;
  secret: string; // Empty: the one that stands.
  heeds_key: boolean;
  allows_private: boolean;
  connections: string;
  messages_per_second: string;
  burst: string;
}

/** Who can carry a channel. */
export function typesOf(channel: string): readonly SenderType[] {
  return channel === 'email' ? ['smtp', 'file'] : ['webhook', 'file'];
}

const textOf = (number: number | undefined) => (number === undefined ? '' : String(number));

export function draftOf(channel: string, sender: Sender | undefined): Draft {
  return {
    channel, type: sender?.type ?? typesOf(channel)[0]!, host: sender?.host ?? '', port: textOf(sender?.port), tls: sender?.tls ?? 'required', user: sender?.user ?? '', password: '',
    authorities: sender?.authorities ?? '', hello: sender?.hello ?? '', url: sender?.url ?? '', secret: '', heeds_key: sender?.heeds_key ?? false, allows_private: sender?.allows_private ?? false,
    connections: textOf(sender?.connections), messages_per_second: textOf(sender?.messages_per_second), burst: textOf(sender?.burst),
  };
}

/** Another channel; it may need another who carries it. */
export function withChannel(draft: Draft, channel: string): Draft {
  const types = typesOf(channel);
  return { ...draft, channel, type: types.includes(draft.type) ? draft.type : types[0]! };
}

const said = (fields: Record<string, string>) => Object.fromEntries(Object.entries(fields).flatMap(([name, text]) => (text.trim() ? [[name, text.trim()]] : [])));
const numbers = (fields: Record<string, string>) => Object.fromEntries(Object.entries(said(fields)).map(([name, text]) => [name, Number(text)]));

/** A draft as the API takes it: what is as usual is left out, and a secret that was not typed. */
export function senderOf(draft: Draft): Sender {
  const pace = numbers({ messages_per_second: draft.messages_per_second, burst: draft.burst });
  if (draft.type === 'file') return { type: 'file', ...pace };
  const connections = numbers({ connections: draft.connections });
  if (draft.type === 'webhook') {
    return {
      type: 'webhook', ...(draft.channel === kStepsChannel ? {} : { url: draft.url.trim() }), ...said({ secret: draft.secret }),
      ...(draft.heeds_key ? { heeds_key: true } : {}), ...(draft.allows_private ? { allows_private: true } : {}), ...connections, ...pace,
    };
  }
  const { user, password } = { user: draft.user.trim(), password: draft.password };
  return {
    type: 'smtp', host: draft.host.trim(), ...numbers({ port: draft.port }), ...(draft.tls === 'required' ? {} : { tls: draft.tls }), ...said({ authorities: draft.authorities, hello: draft.hello }),
    ...(user ? { user, ...(password ? { password } : {}) } : { password: '' }), ...connections, ...pace,
  };
}

/** Whether a secret that stands goes on to hold: a secret goes to nobody but whom it was written for. */
export function keepsSecret(draft: Draft, standing: Sender | undefined): boolean {
  const { type, host = '', url = '' } = senderOf(draft);
  const isThere = type === 'smtp' ? standing?.password_set : standing?.secret_set;
  return isThere === true && standing !== undefined && standing.type === type && (standing.host ?? '') === host && (standing.url ?? '') === url;
}

/** What is still missing before it can be written. */
export function missingOf(draft: Draft, standing: Sender | undefined): 'channel' | 'host' | 'password' | 'url' | 'secret' | null {
  if (!/^[a-z0-9_-]{1,50}$/.test(draft.channel)) return 'channel';
  const keeps = keepsSecret(draft, standing);
  if (draft.type === 'smtp') return !draft.host.trim() ? 'host' : draft.user.trim() && !draft.password && !keeps ? 'password' : null;
  if (draft.type === 'file') return null;
  if (draft.channel !== kStepsChannel && !draft.url.trim()) return 'url';
  return !draft.secret.trim() && !keeps ? 'secret' : null;
}

const kUsualPort = 587;

/** Where messages of a channel go, in short. */
export function placeOf(channel: string, { type, host, port, url }: Sender): string {
  if (type === 'file') return `outbox/${channel}.jsonl`;
  return type === 'smtp' ? `${host}:${port ?? kUsualPort}` : url ?? '';
}

const kSecretBytes = 32;

/** A fresh secret in the form that libraries of Standard Webhooks take. */
export function freshSecret(): string {
  return `whsec_${btoa(String.fromCharCode(...crypto.getRandomValues(new Uint8Array(kSecretBytes))))}`;
}
