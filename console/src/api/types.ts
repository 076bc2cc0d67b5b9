/** The nouns of the API by short names; everything else in the console uses these. */
import type { components } from './schema';

type S = components['schemas'];

export type Person = S['PersonView'];
export type Me = S['Me'];
export type Session = S['SessionView'];
export type SessionList = S['SessionList'];
export type Connection = S['ConnectionView'];
export type TimelineEvent = S['TimelineEvent'];
export type LogLine = S['LogLine'];
export type ActivityEntry = S['ActivityEntry'];
export type FileOp = S['FileOp'];
export type TimeMap = S['TimeMap'];
export type BulkResult = S['BulkResult'];
export type FacetValue = S['FacetValue'];
export type StoredObject = S['ObjectView'];
export type ResourceType = S['ResourceType'];
export type ConnectEntry = S['ConnectView'];
export type AuditEvent = S['AuditView'];
export type Token = S['TokenView'];
export type Change = S['ChangeView'];

/** What a person can order about a session. */
export type Verb = 'watch' | 'play' | 'cancel' | 'terminate' | 'lock' | 'unlock' | 'extend' | 'export';
