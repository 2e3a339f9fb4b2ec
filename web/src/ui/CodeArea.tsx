import { useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import './codeArea.css';

/** A place in a text, both from 1. */
export interface Mark { line: number; column: number; message: string; isSoft?: boolean /* Told, and no mistake. */ }

interface CodeAreaProps {
  label: string;
  value: string;
  onChange: (value: string) => void;
  marks?: readonly Mark[]; // What is wrong, and where.
  rows?: number;
  readOnly?: boolean;
  beside?: boolean; // What is wrong is shown at the end of its line as well.
  kind?: 'code' | 'prose' | 'line'; // Lines with numbers; text that wraps; one line, in which Enter begins none.
}

/** Where a place is in a text, counted in characters as people see them. */
export function offsetOf(text: string, { line, column }: Pick<Mark, 'line' | 'column'>): number {
  const lines = text.split('\n');
  const before = lines.slice(0, line - 1).reduce((sum, one) => sum + one.length + 1, 0);
  return Math.min(text.length, before + [...(lines[line - 1] ?? '')].slice(0, column - 1).join('').length);
}

/** A field for a text with numbered lines; each mistake is told below, and leads to its place. */
export function CodeArea({ label, value, onChange, marks = [], rows = 14, readOnly = false, beside = false, kind = 'code' }: CodeAreaProps) {
  const { t } = useTranslation();
  const field = useRef<HTMLTextAreaElement>(null);
  const [scroll, setScroll] = useState({ top: 0, left: 0 });
  const lines = value.split('\n').length;
  const wrong = new Set(marks.filter((one) => !one.isSoft).map((one) => one.line));
  const isWrong = wrong.size > 0;
  const go = (mark: Mark) => {
    const at = offsetOf(value, mark);
    field.current?.focus();
    field.current?.setSelectionRange(at, Math.min(value.length, at + 1));
  };
  return (
    <div>
      <div className="code-area" data-wrong={isWrong}>
        {kind === 'code' && <div className="code-lines" aria-hidden>
          <div style={{ transform: `translateY(${-scroll.top}px)` }}>
            {Array.from({ length: lines }, (_, index) => <div key={index} {...(wrong.has(index + 1) ? { 'data-fault': true } : {})}>{index + 1}</div>)}
          </div>
        </div>}
        <textarea ref={field} aria-label={label} value={value} rows={kind === 'line' ? 1 : Math.min(rows, Math.max(3, lines + 1))} readOnly={readOnly} spellCheck={false} autoCapitalize="off" wrap={kind === 'code' ? 'off' : 'soft'} data-kind={kind}
          aria-invalid={isWrong} onKeyDown={(event) => kind === 'line' && event.key === 'Enter' && event.preventDefault()}
          onChange={(event) => onChange(kind === 'line' ? event.currentTarget.value.replace(/\n/g, ' ') : event.currentTarget.value)} onScroll={({ currentTarget: { scrollTop, scrollLeft } }) => setScroll({ top: scrollTop, left: scrollLeft })} />
        {beside && <Beside text={value} marks={marks} scroll={scroll} />}
      </div>
      {marks.length > 0 && (
        <ul className="code-faults">
          {marks.map((mark) => (
            <li key={`${mark.line}:${mark.column}:${mark.message}`} data-soft={mark.isSoft ?? false}>
              <button type="button" onClick={() => go(mark)}>{t('code.at', { line: mark.line, column: mark.column })}</button> <span className="mono">{mark.message}</span>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

interface BesideProps { text: string; marks: readonly Mark[]; scroll: { top: number; left: number } }

/** The first mistake of each line behind its end; all of them are told below. */
function Beside({ text, marks, scroll }: BesideProps) {
  const lines = text.split('\n');
  const firsts = marks.filter((mark, at) => marks.findIndex((one) => one.line === mark.line) === at);
  return (
    <div className="code-beside" aria-hidden>
      <div style={{ transform: `translate(${-scroll.left}px, ${-scroll.top}px)` }}>
        {firsts.map((mark) => <span key={mark.line} data-soft={mark.isSoft ?? false} style={{ top: `calc(${mark.line - 1} * var(--code-line))`, left: `${(lines[mark.line - 1] ?? '').length + 2}ch` }}>{mark.message}</span>)}
      </div>
    </div>
  );
}
