/** The editor for statements. No framework: a place in the page, and what it does. */
import { autocompletion, closeBrackets, closeBracketsKeymap, closeCompletion, completionKeymap } from '@codemirror/autocomplete';
import { defaultKeymap, history, historyKeymap } from '@codemirror/commands';
import { MariaSQL, PostgreSQL, schemaCompletionSource, keywordCompletionSource, sql, type SQLNamespace } from '@codemirror/lang-sql';
import { bracketMatching, HighlightStyle, syntaxHighlighting } from '@codemirror/language';
import { Compartment, EditorState, Prec, StateEffect, StateField } from '@codemirror/state';
import { Decoration, drawSelection, EditorView, highlightActiveLine, keymap, lineNumbers, placeholder, type DecorationSet } from '@codemirror/view';
import { tags } from '@lezer/highlight';
import type { SqlNames } from '../../api/sql';
import { nonce } from '../../csp';

export interface EditorActions {
  /** Ctrl-Enter. */
  run(): void;
  changed(text: string): void;
}

export interface Speaks {
  kind: string;
  database: string;
}

export interface SqlEditor {
  /** What is selected, or else all, and where it begins. */
  wanted(): { text: string; at: number };
  text(): string;
  set(text: string): void;
  /** Takes the names, and what is spoken: the type of the resource, and the schema that needs no name. */
  complete(names: SqlNames | null, speaks: Speaks): void;
  /** Marks where an error is; nothing with a null. */
  mark(at: { from: number; to: number } | null): void;
  focus(): void;
  destroy(): void;
}

const setMark = StateEffect.define<{ from: number; to: number } | null>();
const wrong = Decoration.mark({ class: 'cm-wrong' });
const marks = StateField.define<DecorationSet>({
  create: () => Decoration.none,
  update(old, change) {
    for (const effect of change.effects) {
      if (effect.is(setMark)) return effect.value === null ? Decoration.none : Decoration.set([wrong.range(effect.value.from, effect.value.to)]);
    }
    return change.docChanged ? Decoration.none : old;
  },
  provide: (field) => EditorView.decorations.from(field),
});

// Colours of the page's own, which have enough contrast on both grounds.
const colours = HighlightStyle.define([
  { tag: [tags.keyword, tags.operatorKeyword, tags.typeName], color: 'var(--accent)', fontWeight: '550' },
  { tag: [tags.string, tags.special(tags.string)], color: 'var(--ok)' },
  { tag: [tags.number, tags.bool, tags.null], color: 'var(--warn)' },
  { tag: [tags.lineComment, tags.blockComment], color: 'var(--muted)' },
]);

const look = EditorView.theme({
  '&': { height: '100%', fontSize: '13px', backgroundColor: 'var(--surface)', color: 'var(--text)' },
  '&.cm-focused': { outline: '2px solid var(--accent)', outlineOffset: '-2px' },
  '.cm-scroller': { fontFamily: 'var(--mono)', lineHeight: '1.5' },
  '.cm-content': { caretColor: 'var(--text)' },
  '.cm-cursor': { borderLeftColor: 'var(--text)' },
  '.cm-gutters': { backgroundColor: 'var(--sunken)', color: 'var(--muted)', border: '0' },
  '.cm-activeLine': { backgroundColor: 'color-mix(in srgb, var(--hover) 60%, transparent)' },
  '.cm-activeLineGutter': { backgroundColor: 'var(--hover)' },
  '&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground': { backgroundColor: 'var(--accent-soft)' },
  '.cm-wrong': { textDecoration: 'underline wavy var(--danger)', textUnderlineOffset: '3px' },
  '.cm-placeholder': { color: 'var(--muted)' },
  '.cm-tooltip': { backgroundColor: 'var(--raised)', border: '1px solid var(--border-strong)', color: 'var(--text)' },
  '.cm-tooltip-autocomplete > ul > li[aria-selected]': { backgroundColor: 'var(--accent-fill)', color: '#fff' },
  '.cm-completionDetail': { color: 'inherit', fontStyle: 'normal', marginLeft: '1em' },
});

/** What the names are to the completion. */
export function namespace(names: SqlNames): SQLNamespace {
  const schemas: Record<string, Record<string, string[]>> = {};
  for (const table of names.tables) (schemas[table.schema] ??= {})[table.name] = table.columns;
  return schemas;
}

/**
 * What is typed over a selection goes into the text and not into the page: there the browser would write the style of what was selected
 * as an attribute, which the policy of the page does not allow.
 */
const typedOver = EditorView.domEventHandlers({
  beforeinput(event, view) {
    const { main } = view.state.selection;
    const { data } = event;
    if (event.inputType !== 'insertText' || data === null || main.empty || event.isComposing) return false;
    event.preventDefault();
    const insert = () => view.state.update(view.state.replaceSelection(data), { userEvent: 'input.type', scrollIntoView: true });
    const handled = view.state.facet(EditorView.inputHandler).some((handler) => handler(view, main.from, main.to, data, insert));
    if (!handled) view.dispatch(insert());
    return true;
  },
});

export function createEditor(parent: HTMLElement, first: string, actions: EditorActions): SqlEditor {
  const completion = new Compartment();
  const complete = (names: SqlNames | null, speaks: Speaks) => {
    const isMysql = speaks.kind === 'mysql';
    const dialect = isMysql ? MariaSQL : PostgreSQL;
    const language = sql({ dialect, upperCaseKeywords: false });
    if (names === null) return [language, autocompletion({ icons: false, override: [keywordCompletionSource(dialect, false)] })];
    const functions = names.functions.map((one) => ({ label: one.name, detail: one.schema, type: 'function' }));
    return [
      language,
      autocompletion({
        icons: false,
        override: [
          schemaCompletionSource({ dialect, schema: namespace(names), defaultSchema: isMysql ? speaks.database : 'public' }),
          keywordCompletionSource(dialect, false),
          (context) => {
            const word = context.matchBefore(/\w+/);
            return word === null ? null : { from: word.from, options: functions, validFor: /^\w*$/ };
          },
        ],
      }),
    ];
  };
  const start = (at: EditorView) => {
    closeCompletion(at);
    actions.run();
    return true;
  };
  const view = new EditorView({
    parent,
    state: EditorState.create({
      doc: first,
      extensions: [
        nonce === '' ? [] : EditorView.cspNonce.of(nonce),
        Prec.highest(keymap.of([{ key: 'Mod-Enter', run: start }])),
        lineNumbers(),
        highlightActiveLine(),
        drawSelection(),
        history(),
        bracketMatching(),
        closeBrackets(),
        completion.of(complete(null, { kind: 'postgres', database: '' })),
        syntaxHighlighting(colours),
        marks,
        typedOver,
        look,
        placeholder('select …'),
        EditorView.lineWrapping,
        EditorView.contentAttributes.of({ 'aria-label': 'Statements' }),
        // Tab leaves the editor, as everywhere on the page; what is indented is indented with spaces.
        keymap.of([...closeBracketsKeymap, ...completionKeymap, ...historyKeymap, ...defaultKeymap]),
        EditorView.updateListener.of((update) => update.docChanged && actions.changed(update.state.doc.toString())),
      ],
    }),
  });
  return {
    wanted: () => {
      const { main } = view.state.selection;
      return main.empty ? { text: view.state.doc.toString(), at: 0 } : { text: view.state.sliceDoc(main.from, main.to), at: main.from };
    },
    text: () => view.state.doc.toString(),
    set: (text) => view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: text }, selection: { anchor: text.length } }),
    complete: (names, speaks) => view.dispatch({ effects: completion.reconfigure(complete(names, speaks)) }),
    mark: (at) => {
      const { length } = view.state.doc;
      const kept = at === null || at.from >= length ? null : { from: at.from, to: Math.min(Math.max(at.to, at.from + 1), length) };
      view.dispatch({ effects: setMark.of(kept) });
    },
    focus: () => view.focus(),
    destroy: () => view.destroy(),
  };
}
