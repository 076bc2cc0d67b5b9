/** Profiles: the limits and permissions of sessions. */
import { networks } from '../form/field';
import { wrongIn } from '../form/windows';
import type { Kind } from './kinds';

const CAPABILITIES = [
  ['shell', 'Interactive shell'],
  ['exec', 'Single commands'],
  ['subsystem', 'Subsystems other than file transfer'],
  ['file_upload', 'Send files to the resource'],
  ['file_download', 'Fetch files from the resource'],
  ['forward_local', 'Connections from the resource’s network (-L, -D)'],
  ['forward_remote', 'Listening on the resource (-R)'],
  ['forward_agent', 'The user’s own keys on the resource (-A)'],
  ['forward_x11', 'Windows of the resource (X11)'],
  ['stream', 'A plain stream of bytes'],
  ['query', 'Statements to a database'],
] as const;

export const profile: Kind = {
  kind: 'profile',
  one: 'profile',
  many: 'Profiles',
  about: 'How long a session may last, what is recorded, and what is allowed in it.',
  fresh: {
    max_duration_secs: 28_800,
    idle_timeout_secs: 3600,
    warning_secs: 60,
    owner_extension_secs: 3600,
    recording: 'full',
    durability: 'group',
    mask_hidden_input: true,
    second_factor: 'optional',
    allow: ['shell', 'exec', 'subsystem', 'file_upload', 'file_download', 'stream', 'query'],
  },
  fields: () => [
    { name: 'max_duration_secs', label: 'A session lasts at most', type: 'duration', required: true, column: { width: 110, title: 'At most' } },
    { name: 'idle_timeout_secs', label: 'Ended when idle for', type: 'duration', zero: 'no limit', column: { width: 110, title: 'Idle at most' } },
    { name: 'warning_secs', label: 'Warning before either', type: 'duration', zero: 'no warning' },
    { name: 'owner_extension_secs', label: 'The owner may extend by, in total', type: 'duration', zero: 'not at all', column: { width: 110, title: 'Extension', hidden: true } },
    {
      name: 'hours',
      label: 'Hours',
      section: 'When and from where',
      help: 'People may connect at these hours only, and sessions end with them. Without any, always.',
      type: 'windows',
      check: wrongIn,
      column: { width: 200, hidden: true },
    },
    {
      name: 'networks',
      label: 'Networks',
      help: 'People may connect from these only. Without any, from anywhere.',
      type: 'words',
      placeholder: '10.0.0.0/8',
      check: networks,
      column: { width: 160, hidden: true },
    },
    {
      name: 'recording',
      label: 'Recording',
      type: 'choice',
      section: 'Recording',
      choices: [
        { value: 'full', label: 'Everything; of files the hash', short: 'full' },
        { value: 'interactive', label: 'Interactive traffic; of bulk streams only what and how much', short: 'interactive' },
      ],
      column: { width: 110 },
    },
    {
      name: 'durability',
      label: 'Delivery',
      type: 'choice',
      choices: [
        { value: 'group', label: 'Records are on disk within 250 ms', short: 'group' },
        { value: 'strict', label: 'No byte is delivered before its record is on disk', short: 'strict' },
      ],
      column: { width: 100 },
    },
    { name: 'mask_hidden_input', label: 'Mask what is typed while nothing is echoed', help: 'Such as passwords', type: 'switch' },
    {
      name: 'second_factor',
      label: 'Second factor',
      type: 'choice',
      section: 'Signing in',
      choices: [
        { value: 'optional', label: 'Asked of those who have one, after a password', short: 'optional' },
        { value: 'required', label: 'Needed: nobody comes in without one', short: 'required' },
      ],
      column: { width: 110 },
    },
    { name: 'direct_check_secs', label: 'Look for log-ins past the gateway every', help: 'On the resource, with the session’s account or the administrator of its activity', type: 'duration', zero: 'never' },
    {
      name: 'allow',
      label: 'Allowed',
      type: 'many',
      section: 'Inside the session',
      choices: CAPABILITIES.map(([value, label]) => ({ value, label, short: value.replaceAll('_', ' ') })),
      column: { width: 250, grow: true },
    },
    {
      name: 'statements',
      label: 'Rules on statements',
      section: 'Statements to databases',
      help: 'The first rule that refuses a statement decides, or else the first that holds it.',
      type: 'rules',
      about: 'statements',
    },
    {
      name: 'commands',
      label: 'Rules on commands',
      section: 'Commands of shells',
      help: 'The first rule that refuses a command line decides, or else the first that holds it; typed lines as well.',
      type: 'rules',
      about: 'commands',
    },
  ],
};
