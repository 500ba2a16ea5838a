// The blocks of code in the pages.
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export const root = join(import.meta.dirname, '../..');

export interface Block {
  readonly page: string;
  /** The line where its text begins, from 1. */
  readonly line: number;
  /** Empty: none is named. */
  readonly language: string;
  /** Without the indentation of a list. */
  readonly text: string;
}

/** Decisions and the changelog describe their own time. */
const pages = globSync(['README.md', 'CONTRIBUTING.md', 'docs/**/*.md'], { cwd: root })
  .filter((page) => !page.startsWith('docs/decisions/'))
  .toSorted();

/** All blocks of the pages, in their order. */
export function readBlocks(): readonly Block[] {
  return pages.flatMap((page) => blocksIn(page, readFileSync(join(root, page), 'utf8')));
}

export function blocksIn(page: string, text: string): readonly Block[] {
  const found = text.matchAll(/^( *)(`{3,})([^\n]*)\n([\s\S]*?)^\1\2$/gm);
  return Array.from(found, ({ 1: indent = '', 3: language = '', 4: body = '', index }) => ({
    page,
    line: text.slice(0, index).split('\n').length + 1,
    language: language.trim(),
    text: body.replaceAll(new RegExp(`^${indent}`, 'gm'), ''),
  }));
}

export const placeOf = ({ page, line }: Block): string => `${page}:${line}`;
