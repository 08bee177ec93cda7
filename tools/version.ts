// The program's version, as package.json has it: two folders above dist/tools.
import {readFileSync} from 'node:fs';

export const version = (): string => (JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {version: string}).version;
