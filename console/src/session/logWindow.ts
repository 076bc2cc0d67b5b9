/** Opens the event log of a session in a window of its own; the same window again when it is open. */
export function openLog(id: string): void {
  window.open(`/sessions/${id}/log`, `log-${id}`, 'popup,width=980,height=720');
}
