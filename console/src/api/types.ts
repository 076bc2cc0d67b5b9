/** The nouns of the API by short names; everything else in the console uses these. */
import type { components } from './schema';

type S = components['schemas'];

export type Person = S['PersonView'];
export type Me = S['Me'];
export type Session = S['SessionView'];
export type SessionList = S['SessionList'];
export type Connection = S['ConnectionView'];
export type Recorded = S['PlayerView'];
export type Strand = S['StrandView'];
/** A line of the timeline or of the event log. */
export type Happening = S['Happening'];
export type ActivityEntry = S['ActivityView'];
export type FileOp = S['FileView'];
export type TimeMap = S['TimeMapView'];
export type BulkOutcome = S['BulkOutcome'];
export type FacetValue = S['FacetValue'];
export type SavedView = S['SavedView'];
export type StoredObject = S['ObjectView'];
export type ResourceType = S['ResourceType'];
export type SecretSource = S['SecretSource'];
export type ConnectEntry = S['Reach'];
export type Setting = S['SettingView'];
export type GatewayNode = S['NodeView'];
export type AuditEvent = S['AuditLine'];
export type Approval = S['ApprovalView'];
export type ReachApproval = S['ReachApproval'];
export type Token = S['TokenView'];
export type Factors = S['FactorsView'];
export type Change = S['Change'];
export type PolicyQuestion = S['PolicyQuestion'];
export type PolicyAnswer = S['PolicyAnswer'];
export type PolicyVerdict = S['PolicyVerdict'];
export type PolicyReplayed = S['PolicyReplayed'];
export type PolicyTally = S['PolicyTally'];
export type PolicyChange = S['PolicyChange'];

/** What a person can order about a session. */
export type Verb = 'watch' | 'play' | 'cancel' | 'terminate' | 'lock' | 'unlock' | 'extend' | 'export' | 'hold' | 'release' | 'share';
