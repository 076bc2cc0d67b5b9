/** Every key that does something, by where it does it. */
export const KEYS: { place: string; keys: [string[], string][] }[] = [
  {
    place: 'Everywhere',
    keys: [
      [['Ctrl K', '⌘ K'], 'Go to a page, a resource, a user or a session, or do something'],
      [['?'], 'This list'],
      [['Esc'], 'Close a window, or leave the search'],
    ],
  },
  {
    place: 'In lists',
    keys: [
      [['/'], 'Search in the list'],
      [['j', '↓'], 'Next row'],
      [['k', '↑'], 'Row before'],
      [['Home', 'End'], 'First and last row'],
      [['Enter'], 'Open the row'],
      [['x'], 'Select the row'],
      [['Space'], 'Preview a session, elsewhere select the row'],
      [['c'], 'Copy the session ID of the row'],
      [['l'], 'Event log of the row, in its own window'],
      [['r'], 'Refresh the list'],
    ],
  },
  {
    place: 'In a recording',
    keys: [
      [['Space'], 'Play or pause'],
      [['←', '→'], 'Five seconds back or on'],
      [['[', ']'], 'Command before or after'],
      [['<', '>'], 'Slower or faster'],
    ],
  },
];
