/** How every picture of a terminal looks. */
export const look = {
  controls: false,
  fit: 'both',
  theme: 'asciinema',
  cursorMode: 'steady',
  terminalFontFamily: "'Cascadia Mono', 'SF Mono', Menlo, Consolas, 'DejaVu Sans Mono', monospace",
} as const;
