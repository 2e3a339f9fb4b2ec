// Where in a text of YAML or JSON a path such as `steps[2].next` stands, so that a mistake is shown
// at its line. It reads what journeys are written in: mappings and lists by indentation or in
// brackets, texts in quotes, comments, blocks of text. What is no YAML the server says. Pure.

export interface Place { line: number; column: number } // Both from 1.

interface Level {
  indent: number; // Column of its keys, or of its dashes; -1 within brackets.
  path: string;
  next: number; // Of a list: the place of the next one; -1: a mapping.
}

const kKey = /^(?:"((?:[^"\\]|\\.)*)"|'((?:[^']|'')*)'|([^\s,[\]{}#&*!|>'"%@`-][^,[\]{}#:]*|-[^\s,[\]{}#:][^,[\]{}#:]*))\s*:(?=\s|$|["'[{])/;
const kBlock = /:\s*[|>][+-]?\d*\s*(?:#.*)?$/;

const within = (path: string, key: string) => (path ? `${path}.${key}` : key);

class Reader {
  readonly places = new Map<string, Place>();
  private readonly levels: Level[] = [];
  private current = ''; // The path of what comes next as a value.
  private block = -1; // Indentation of the key of a block of text; -1: in none.

  read(text: string) {
    text.split('\n').forEach((line, at) => this.readLine(line.replace(/\r$/, ''), at + 1));
    return this.places;
  }

  private readLine(line: string, number: number) {
    const indent = line.length - line.trimStart().length;
    if (line.trim() === '') return;
    if (this.block >= 0 && indent > this.block) return;
    this.block = -1;
    let at = indent;
    if (!this.inBrackets()) at = this.readHead(line, number, indent);
    this.readRest(line, number, at);
  }

  private inBrackets() {
    return this.levels.at(-1)?.indent === -1;
  }

  /** Dashes and the key at the beginning of a line; returns where the value begins. */
  private readHead(line: string, number: number, indent: number): number {
    let at = indent;
    while (/^-(\s|$)/.test(line.slice(at))) {
      const path = this.enter(at, true);
      this.set(path, number, at);
      at += 1 + /^\s*/.exec(line.slice(at + 1))![0].length;
    }
    const key = kKey.exec(line.slice(at));
    if (!key) return at;
    const path = within(this.enter(at, false), key[1] ?? key[2] ?? key[3]!.trim());
    this.set(path, number, at);
    if (kBlock.test(line)) this.block = at;
    return at + key[0].length;
  }

  /** Goes to the level of a column; answers the path of the item of the list, or of the mapping. */
  private enter(indent: number, isList: boolean): string {
    while (this.levels.length > 0) {
      const top = this.levels.at(-1)!;
      if (top.indent < indent) break;
      if (top.indent === indent && (top.next >= 0) === isList) break;
      // Dashes may stand in the column of the key they belong to.
      if (top.indent === indent && isList) break;
      this.levels.pop();
    }
    let top = this.levels.at(-1);
    if (!top || top.indent !== indent || (top.next >= 0) !== isList) {
      top = { indent, path: this.current, next: isList ? 0 : -1 };
      this.levels.push(top);
    }
    return isList ? `${top.path}[${top.next++}]` : top.path;
  }

  private set(path: string, line: number, at: number) {
    this.current = path;
    if (!this.places.has(path)) this.places.set(path, { line, column: at + 1 });
  }

  /** Brackets, quotes and comments from a column on. */
  private readRest(line: string, number: number, from: number) {
    for (let at = from; at < line.length; at++) {
      const rest = line.slice(at);
      const letter = line[at]!;
      if (letter === '#' && (at === 0 || /\s/.test(line[at - 1]!))) return;
      if (/\s/.test(letter)) continue;
      if (letter === '{' || letter === '[') this.open(letter === '[', number, at);
      else if (letter === '}' || letter === ']') this.close();
      else if (letter === ',') this.comma();
      else at += this.readWord(rest, number, at) - 1;
    }
  }

  private open(isList: boolean, number: number, at: number) {
    const top = this.levels.at(-1);
    if (top?.indent === -1 && top.next >= 0) this.set(`${top.path}[${top.next}]`, number, at);
    this.levels.push({ indent: -1, path: this.current, next: isList ? 0 : -1 });
  }

  private close() {
    if (!this.inBrackets()) return;
    this.current = this.levels.pop()!.path;
  }

  private comma() {
    const top = this.levels.at(-1);
    if (top?.indent !== -1) return;
    if (top.next >= 0) top.next++;
    this.current = top.path;
  }

  /** A key or a value; returns how long it is. */
  private readWord(rest: string, number: number, at: number): number {
    const top = this.levels.at(-1);
    if (top?.indent === -1) {
      const key = top.next < 0 ? kKey.exec(rest) : null;
      if (top.next >= 0) this.set(`${top.path}[${top.next}]`, number, at);
      if (key) this.set(within(top.path, key[1] ?? key[2] ?? key[3]!.trim()), number, at);
      if (key) return key[0].length;
    }
    const quoted = /^(?:"(?:[^"\\]|\\.)*"|'(?:[^']|'')*')/.exec(rest);
    if (quoted) return quoted[0].length;
    const plain = top?.indent === -1 ? /^[^,[\]{}]+?(?=\s+#|\s*[,[\]{}]|$)/ : /^.+?(?=\s+#|$)/;
    return Math.max(1, plain.exec(rest)?.[0].length ?? 1);
  }
}

/** The places of all paths of a text. */
export function placesOf(text: string): Map<string, Place> {
  return new Reader().read(text);
}

/** Where a path stands, else the nearest one around it that does; the first line where there is none. */
export function placeOf(places: ReadonlyMap<string, Place>, path: string): Place {
  // `goals: ordered` names one of a list.
  let left = path.replace(/: .*$/, '');
  while (left !== '') {
    const found = places.get(left);
    if (found) return found;
    left = left.replace(/(?:\.[^.[\]]*|\[[^\]]*\]|^[^.[\]]*)$/, '');
  }
  return { line: 1, column: 1 };
}

/** A value that stands beside a key of the whole: of `name: Welcome  # why`, Welcome. */
export function textAt(text: string, key: string): string {
  const found = new RegExp(`^(?:["']?)${key}(?:["']?)\\s*:[ \\t]*(.*)$`, 'm').exec(text)?.[1] ?? '';
  const quoted = /^"((?:[^"\\]|\\.)*)"|^'((?:[^']|'')*)'/.exec(found);
  return quoted ? quoted[1]?.replace(/\\(.)/g, '$1') ?? quoted[2]!.replace(/''/g, "'") : found.replace(/(^|\s)#.*$/, '').trim();
}

/** The text with another value beside a key of the whole; where there is none, as the first line. */
export function withTextAt(text: string, key: string, value: string): string {
  const line = new RegExp(`^${key}[ \\t]*:.*$`, 'm');
  return line.test(text) ? text.replace(line, () => `${key}: ${value}`) : `${key}: ${value}\n${text}`;
}
