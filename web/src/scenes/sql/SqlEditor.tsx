import { useEffect, useId, useRef, useState, type KeyboardEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { completionsAt, type Column, type Completions } from './completion';
import { rangeOf, type Place } from './sqlAnswer';
import './sql.css';

interface SqlEditorProps {
  value: string;
  columns: readonly Column[];
  fault: Place | null; // Of the statement as it was asked.
  onChange: (value: string) => void;
  onRun: () => void;
}

const kNone: Completions = { from: 0, found: [] };

/**
 * A field for a statement: numbered lines, names offered while one writes, the place of a mistake
 * marked. Ctrl+Enter asks. Tab takes a name that is offered, else it leaves the field; Enter takes one
 * that was chosen, else it begins a line.
 */
export function SqlEditor({ value, columns, fault, onChange, onRun }: SqlEditorProps) {
  const { t } = useTranslation();
  const id = useId();
  const field = useRef<HTMLTextAreaElement>(null);
  const [scroll, setScroll] = useState({ top: 0, left: 0 });
  const [offer, setOffer] = useState(kNone);
  const [chosen, setChosen] = useState(0);
  const [asked, setAsked] = useState(false); // Somebody chose, or asked for names: then Enter takes one.
  const open = offer.found.length > 0;

  // The caret goes where the mistake is, as soon as it is known.
  useEffect(() => {
    if (!fault || !field.current) return;
    field.current.focus();
    field.current.setSelectionRange(...rangeOf(field.current.value, fault));
  }, [fault]);

  const look = () => {
    const at = field.current;
    setChosen(0);
    setAsked(false);
    setOffer(at && at.selectionStart === at.selectionEnd ? completionsAt(at.value, at.selectionStart, columns) : kNone);
  };
  const take = (index: number) => {
    const at = field.current;
    const text = offer.found[index]?.text;
    if (!at || !text) return;
    at.focus();
    at.setSelectionRange(offer.from, at.selectionStart);
    // The one way that leaves Ctrl+Z working; where there is none, the value is set.
    if (!document.execCommand('insertText', false, text)) onChange(at.value.slice(0, offer.from) + text + at.value.slice(at.selectionEnd));
    setOffer(kNone);
  };
  const onKey = (event: KeyboardEvent) => {
    const control = event.ctrlKey || event.metaKey;
    if (control && event.key === 'Enter') { event.preventDefault(); setOffer(kNone); return onRun(); }
    if (control && event.key === ' ') { event.preventDefault(); look(); return setAsked(true); }
    if (!open) return;
    const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
    const takes = event.key === 'Tab' || (event.key === 'Enter' && asked);
    if (step) {
      setChosen(asked ? (chosen + step + offer.found.length) % offer.found.length : 0);
      setAsked(true);
    }
    if (takes) take(chosen);
    if (step || takes || event.key === 'Escape') event.preventDefault();
    if (['Escape', 'Enter', 'ArrowLeft', 'ArrowRight'].includes(event.key)) setOffer(kNone);
  };
  const lines = value.split('\n');
  const before = value.slice(0, offer.from).split('\n');
  return (
    <div className="sql-editor">
      <div className="sql-lines" aria-hidden="true">
        <div style={{ transform: `translateY(${-scroll.top}px)` }}>
          {lines.map((_, index) => <div key={index} {...(fault?.line === index + 1 ? { 'data-fault': true } : {})}>{index + 1}</div>)}
        </div>
      </div>
      <textarea ref={field} value={value} rows={Math.min(Math.max(lines.length + 1, 8), 24)} wrap="off" spellCheck={false} autoCapitalize="off" autoCorrect="off" autoComplete="off"
        aria-label={t('sql.statement')} aria-describedby={`${id}-hint`} aria-autocomplete="list" aria-haspopup="listbox" aria-invalid={fault !== null}
        {...(open ? { 'aria-controls': `${id}-list`, 'aria-activedescendant': `${id}-${chosen}` } : {})}
        onChange={(event) => { onChange(event.currentTarget.value); look(); }} onKeyDown={onKey} onBlur={() => setOffer(kNone)}
        onScroll={(event) => setScroll({ top: event.currentTarget.scrollTop, left: event.currentTarget.scrollLeft })} />
      <div id={`${id}-hint`} className="visually-hidden">{t('sql.keys')}</div>
      {open && (
        <div className="sql-offer" role="listbox" id={`${id}-list`} aria-label={t('sql.offered')}
          style={{ top: `calc(${before.length} * var(--sql-line) + 10px - ${scroll.top}px)`, left: `min(calc(${before.at(-1)?.length ?? 0}ch + 52px - ${scroll.left}px), calc(100% - 250px))` }}>
          {offer.found.map((one, index) => (
            <div key={`${one.kind} ${one.text}`} id={`${id}-${index}`} role="option" aria-selected={index === chosen}
              onMouseDown={(event) => { event.preventDefault(); take(index); }}>
              <span>{one.text}</span><span className="sql-about">{one.about || t(`sql.kind_${one.kind}`)}</span>
            </div>
          ))}
        </div>
      )}
    </div>
  );
}
