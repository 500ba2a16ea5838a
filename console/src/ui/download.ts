// Hands the reader a file that was made in the page.

/** Saves `text` under `name` by the browser's own means; nothing leaves the computer. */
export function download(name: string, type: 'text/csv' | 'application/json' | 'text/plain', text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: `${type};charset=utf-8` }));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  // Browsers read it once the click is over.
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
