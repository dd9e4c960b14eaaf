import { readFile } from 'node:fs/promises';
import { VergerError } from '@verger/core';
import { type PriceTable, parsePrices } from '@verger/cost';

/** Where the table is that is shipped: in a checkout and in the image, and in the packed program. */
const SHIPPED = ['../../../../infra/aws/prices.json', '../../infra/aws/prices.json'];

/** The price table of a file, by default the one that is shipped. Errors: E_CONFIG. */
export async function readPrices(file: string | undefined): Promise<PriceTable> {
  if (file !== undefined) return parsePrices(parseJson(await textOf(file), file), file);
  for (const place of SHIPPED) {
    const text = await readFile(new URL(place, import.meta.url), 'utf8').catch(() => undefined);
    if (text !== undefined) return parsePrices(parseJson(text, 'prices.json'), 'prices.json');
  }
  const detail = 'The price table that is shipped with verger is missing: name one with --prices.';
  throw new VergerError('E_CONFIG', { option: '--prices' }, { detail });
}

async function textOf(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    const detail = `The price table cannot be read: ${error instanceof Error ? error.message : error}.`;
    throw new VergerError('E_CONFIG', { option: '--prices', location: file }, { detail });
  }
}

function parseJson(text: string, location: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const detail = `It is not JSON: ${error instanceof Error ? error.message : error}.`;
    throw new VergerError('E_CONFIG', { location }, { detail });
  }
}
