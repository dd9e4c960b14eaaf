import { proveInt8 } from '@verger/features';

/** Why tests that compute with int8 are skipped on this CPU; false where they are not. For `skip`. 10 ms. */
export const noInt8: string | false = await proveInt8().then(
  () => false as const,
  () => 'this CPU adds 8-bit products with overflow (E_INT8_CPU)',
);
