// The base class of all errors that an operator or a caller can fix.

/**
 * A problem outside the program: bad input, a busy port, a full disk. `code` is stable, so callers may branch on it.
 * `message` is one line that names the fix and contains no secret. Any other error is a defect.
 */
export class OperationalError extends Error {
  readonly code: string;

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
    this.code = code;
  }
}
