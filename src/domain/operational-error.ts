// The base of all errors that an operator or a caller can do something about.

/**
 * Something went wrong outside the program: bad input, a busy port, a full disk. `code` is stable and may be branched on;
 * `message` is one line that names the fix and holds no secret. Anything that is not an `OperationalError` is a defect.
 */
export class OperationalError extends Error {
  readonly code: string;

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
    this.code = code;
  }
}
