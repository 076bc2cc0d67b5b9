/**
 * Gives the nonce of this page to every `<style>` that a script makes, so that libraries which know no nonce
 * work under a strict policy. Style attributes that a script writes as text are set by way of the object model, which the policy
 * allows: the terminal writes its colours so. Must be imported before anything else.
 */
const meta = document.querySelector<HTMLMetaElement>('meta[property="csp-nonce"]');

export const nonce: string = meta?.nonce ?? '';

if (nonce !== '') {
  const create = document.createElement.bind(document);
  document.createElement = ((tag: string, options?: ElementCreationOptions) => {
    const element = create(tag, options);
    if (element instanceof HTMLStyleElement) element.nonce = nonce;
    return element;
  }) as typeof document.createElement;
  const write = HTMLElement.prototype.setAttribute;
  HTMLElement.prototype.setAttribute = function setAttribute(name: string, value: string): void {
    if (name === 'style') this.style.cssText = value;
    else write.call(this, name, value);
  };
}
