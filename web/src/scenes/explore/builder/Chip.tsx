import { Menu, Popover, UnstyledButton } from '@mantine/core';
import { IconChevronDown, IconPlus } from '@tabler/icons-react';
import { useEffect, useRef, useState, type ReactNode } from 'react';

type Tone = 'set' | 'missing' | 'add';

interface FaceProps {
  text: string;
  label: string; // What it changes, for screen readers.
  tone?: Tone;
}

/** What an editor within a chip may do. */
export interface Editing {
  close: () => void;
  onLeave: (act: () => void) => void; // What to do when somebody clicks elsewhere: take what was typed.
}

/**
 * A part of the sentence that opens its editor: by click, Enter or Space. Escape leaves it as it
 * was; a click elsewhere takes what was typed.
 */
export function Chip({ text, label, tone = 'set', children }: FaceProps & { children: (editing: Editing) => ReactNode }) {
  const [opened, setOpened] = useState(false);
  const leave = useRef<() => void>(() => undefined);
  const close = () => {
    leave.current = () => undefined;
    setOpened(false);
  };
  useEffect(() => {
    // Wherever the focus is: what had it may be gone. A list that is open closes first, by itself.
    const onKey = (event: KeyboardEvent) => {
      const isListOpen = event.target instanceof HTMLInputElement && event.target.getAttribute('aria-expanded') === 'true';
      if (event.key === 'Escape' && !isListOpen) close();
    };
    if (opened) window.addEventListener('keydown', onKey, true);
    return () => window.removeEventListener('keydown', onKey, true);
  }, [opened]);
  return (
    <Popover opened={opened} onChange={(next) => { if (!next) { leave.current(); close(); } }} trapFocus returnFocus closeOnEscape={false}
      position="bottom-start" shadow="md" withinPortal>
      <Popover.Target>
        <UnstyledButton className="chip" data-tone={tone} {...(tone === 'add' ? {} : { 'aria-label': `${label}: ${text}` })} onClick={() => (opened ? close() : setOpened(true))}>
          {tone === 'add' && <IconPlus size={13} aria-hidden />}{text}
        </UnstyledButton>
      </Popover.Target>
      <Popover.Dropdown aria-label={label} className="chip-editor">
        {opened && children({ close, onLeave: (act) => { leave.current = act; } })}
      </Popover.Dropdown>
    </Popover>
  );
}

interface ChoiceChipProps<T extends string> extends FaceProps {
  value: T | null;
  choices: readonly { value: T; label: string }[];
  onChoose: (value: T) => void;
  remove?: { label: string; act: () => void } | undefined;
}

/** A part of the sentence with a few choices, reached by arrows. */
export function ChoiceChip<T extends string>({ text, label, tone = 'set', value, choices, onChoose, remove }: ChoiceChipProps<T>) {
  return (
    <Menu position="bottom-start" shadow="md" withinPortal>
      <Menu.Target>
        <UnstyledButton className="chip" data-tone={tone} aria-label={`${label}: ${text}`}>
          {text}<IconChevronDown size={12} aria-hidden />
        </UnstyledButton>
      </Menu.Target>
      <Menu.Dropdown>
        {choices.map((choice) => (
          <Menu.Item key={choice.value} fw={choice.value === value ? 650 : 400} onClick={() => onChoose(choice.value)}>{choice.label}</Menu.Item>
        ))}
        {remove && <><Menu.Divider /><Menu.Item onClick={remove.act}>{remove.label}</Menu.Item></>}
      </Menu.Dropdown>
    </Menu>
  );
}

/** A button that adds a part to the sentence. */
export function AddButton({ text, onClick }: { text: string; onClick: () => void }) {
  return <UnstyledButton className="chip" data-tone="add" onClick={onClick}><IconPlus size={13} aria-hidden />{text}</UnstyledButton>;
}
