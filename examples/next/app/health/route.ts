// A route without the wrapper needs no key.
export const GET = () => Response.json({ ok: true });
