#!/usr/bin/env node
// The program: finds the command, loads only its file, and turns every way out into the exit status that docs/cli.md promises.
console.error('no command yet');
process.exitCode = 2;
