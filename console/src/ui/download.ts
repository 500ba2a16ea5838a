// Saves a file that the page has made.

/** Saves `text` under `name`. Nothing leaves the computer. */
export function download(name: string, type: 'text/csv' | 'application/json' | 'text/plain', text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: `${type};charset=utf-8` }));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  // Browsers read the file after the click.
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
