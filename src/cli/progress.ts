// How far something is, on one line of a terminal that is gone when it ends; nothing where there is no terminal.
import { formatBytes } from './output.ts';

export interface Progress {
  /** `note` stands behind the bar. Default: how many bytes of all. `all` 0: unknown. */
  readonly update: (come: number, all: number, note?: string) => void;
  readonly end: () => void;
}

const stepMs = 100;
const width = 30;

/** Shows `waiting` until the first update. */
export function showProgress(waiting: string): Progress {
  const { stderr } = process;
  if (!stderr.isTTY) return { update: () => {}, end: () => {} };
  const write = (text: string): void => {
    stderr.write(`\r\u001b[K${text}`);
  };
  let lastMs = 0;
  write(`${waiting} …`);
  return {
    update(come, all, note = `${formatBytes(come)} of ${formatBytes(all)}`) {
      const nowMs = performance.now();
      if (nowMs - lastMs < stepMs) return;
      lastMs = nowMs;
      const share = all > 0 ? Math.min(1, come / all) : 0;
      const done = Math.round(share * width);
      const bar = '█'.repeat(done) + '░'.repeat(width - done);
      write(all > 0 ? `${bar} ${Math.floor(share * 100)} %  ${note}` : note);
    },
    end: () => write(''),
  };
}
