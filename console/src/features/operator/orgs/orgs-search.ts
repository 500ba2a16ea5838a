// What the page of all organizations keeps in its address.

export interface OrgsSearch {
  /** Part of a name or an id. */
  readonly q?: string;
  /** Left out: both. */
  readonly status?: 'active' | 'suspended';
  /** The form of a new organization is open. */
  readonly create?: true;
}

export function readOrgsSearch({ q, status, create }: Record<string, unknown>): OrgsSearch {
  return {
    ...(typeof q === 'string' && q !== '' && { q }),
    ...((status === 'active' || status === 'suspended') && { status }),
    ...(create === true && { create }),
  };
}
