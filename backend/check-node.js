// The first import of every program. It is plain JavaScript of the oldest kind and imports nothing, so that every Node
// that knows modules can read it. A program loads everything else with `await import`, because Node reads and links all
// static imports before it runs the first one: an older Node would stop there, at a syntax or a name it does not know.
var needed = [20, 19];
var found = process.versions.node.split('.').map(Number);
if (found[0] < needed[0] || (found[0] === needed[0] && found[1] < needed[1])) {
  process.stderr.write('MSEDB needs Node ' + needed.join('.') + ' or newer; this is Node ' + found.join('.') + '.\n');
  process.exit(1);
}
