/** Families of instances that workers may have, and how many vCPUs each size has. */

/** A family of one kind of processor: its features are of one numeric class. */
export interface Family {
  readonly arm: boolean;
  /** The control box runs the same image, so it has the same architecture. */
  readonly controlType: string;
}

/** By name. All instances of one family have the same processor; two families may differ in the last bit. */
export const FAMILIES = {
  c7a: { arm: false, controlType: 't3a.medium' },
  c7g: { arm: true, controlType: 't4g.medium' },
  c6a: { arm: false, controlType: 't3a.medium' },
  m5: { arm: false, controlType: 't3a.medium' },
} as const satisfies Record<string, Family>;

/** A family by its name. */
export type FamilyName = keyof typeof FAMILIES;

/** vCPUs by size, the same in each of the families: the weight of an instance in the group. */
export const VCPUS = { large: 2, xlarge: 4, '2xlarge': 8, '4xlarge': 16, '8xlarge': 32 } as const;

/** A size of an instance. */
export type Size = keyof typeof VCPUS;
