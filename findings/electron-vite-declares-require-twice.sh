#!/usr/bin/env bash
# electron-vite 6.0.0, vite 8.3.8, Node 24.
#
# Guess: an ES module that says `const require = createRequire(import.meta.url)` at its top, the way Node's documentation shows,
#   is built into an ES module that still runs; a bundler renames what would clash.
# Seen: the main process's build ends without a warning, and its output cannot be parsed. electron-vite puts a `require` of its own
#   (and `__filename`, `__dirname`) before the code once the code is bundled, after names were made unique. A constant of that name
#   is "already declared" then, and every entry that holds the module ends with a SyntaxError, also where it never reaches that line.
#   Within a function, or under another name, the same line is harmless.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init --yes >/dev/null
npm pkg set type=module >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts electron-vite@6.0.0 vite@8.3.8 >/dev/null
cat > electron.vite.config.mjs <<'JS'
import { defineConfig } from 'electron-vite'
export default defineConfig({
  main: { build: { rollupOptions: { input: { named: 'src/named.js', renamed: 'src/renamed.js' }, output: { format: 'es', entryFileNames: '[name].js' } } } },
})
JS
mkdir -p src node_modules/electron
# The build reads nothing of Electron but its version.
[ -f node_modules/electron/package.json ] || echo '{"name":"electron","version":"45.4.1"}' > node_modules/electron/package.json
for name in require load; do
  file=$([ "$name" = require ] && echo named || echo renamed)
  printf "import { createRequire } from 'node:module'\nconst %s = createRequire(import.meta.url)\nconsole.log(%s('node:path').sep.length)\n" "$name" "$name" > "src/$file.js"
done
node src/named.js
npx electron-vite build >build.log 2>&1 || { cat build.log; exit 1; }
echo "electron-vite $(node -p "require('electron-vite/package.json').version" 2>/dev/null || echo 6.0.0): built without an error"
named=$(node out/main/named.js 2>&1 || true)
renamed=$(node out/main/renamed.js 2>&1 || true)
echo "source: runs; built with the name require: $(grep -o "SyntaxError: .*" <<<"$named" || echo "$named"); built with another name: $renamed"
grep -q "SyntaxError: Identifier 'require' has already been declared" <<<"$named" && [ "$renamed" = 1 ] ||
  { echo 'this has changed'; exit 1; }
