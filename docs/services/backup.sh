# Back up the workspace that is the current folder; see "Back up, and restore" in
# operations.md. It ends with an error unless the copy of the journal is sound.
set -eu
umask 077
mkdir -p backup && cp -pR results archive mappings backup/
cp -p importer.toml backup/importer.toml.kept
rm -f backup/journal.new
sqlite3 -cmd '.timeout 60000' journal.db "VACUUM INTO 'backup/journal.new'"
IMPORTER_JOURNAL_URL=sqlite:///journal.new importer check --journal --workspace backup
mv backup/journal.new "backup/journal-$(date +%F).db"
