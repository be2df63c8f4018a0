// Who looks: the name and role that the server knows this page by, and signing out.
import { signal } from '@preact/signals';
import { get, send } from './api';
import { refreshes } from './load';

export interface Who { principal: string; role: string; teams: string[] }

/** Undefined until the server has said it, and where it wants somebody to sign in first. */
export const who = signal<Who | undefined>(undefined);

export function lookWho(): Promise<void> {
  return get<Who>('/api/whoami').then((found) => { who.value = found; }, () => { who.value = undefined; });
}

export const signedIn = (): boolean => who.value !== undefined && who.value.principal !== 'anonymous';
export const mayWrite = (): boolean => who.value?.role === 'editor' || who.value?.role === 'admin';

export async function signOut(): Promise<void> {
  await send('POST', '/api/signout', {});
  await lookWho();
  refreshes.value += 1;
}
