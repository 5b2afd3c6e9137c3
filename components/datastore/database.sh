# Makes a database and a user of the same name who may do anything in it and nothing elsewhere. Run on one member: the
# others get it from there. The user may come from any address, for members listen on the tailnet alone.
#
# Values: DATABASE (a to z, 0 to 9, _)   Secrets: PASSWORD (letters and digits)
# shellcheck shell=bash disable=SC2154 # variables and verbs come from remote.py and prelude.sh

is_so() {
  mariadb -N 2>&1 <<SQL | grep -qx 1
SELECT COUNT(*) FROM mysql.global_priv AS account JOIN mysql.db AS rights ON rights.User = account.User
WHERE account.User = '$DATABASE' AND account.Host = '%' AND rights.Db = '${DATABASE//_/\\_}'
AND JSON_VALUE(account.Priv, '$.authentication_string') = PASSWORD('$PASSWORD')
AND EXISTS (SELECT * FROM information_schema.SCHEMATA WHERE SCHEMA_NAME = '$DATABASE');
SQL
}

if ! is_so; then
  # Members keep a statement that failed in their logs: what could fail comes first, without the password.
  mariadb <<SQL
CREATE DATABASE IF NOT EXISTS \`$DATABASE\`;
CREATE USER IF NOT EXISTS \`$DATABASE\`@'%' IDENTIFIED VIA mysql_native_password USING 'invalid';
GRANT ALL ON \`${DATABASE//_/\\_}\`.* TO \`$DATABASE\`@'%';
ALTER USER \`$DATABASE\`@'%' IDENTIFIED BY '$PASSWORD';
SQL
  changed "made database and user $DATABASE"
fi
