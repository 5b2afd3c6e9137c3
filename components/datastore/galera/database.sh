# Creates a database and a user of the same name, who has all rights on it and none elsewhere. Runs on one member;
# Galera replicates both to the others. The user may connect from every address, because members listen on the tailnet
# only.
#
# Values: DATABASE (a to z, 0 to 9, _)   Secrets: PASSWORD (letters and digits)
# Effect of the first run: database $DATABASE is created
# Effect of SECRETS: database $DATABASE gets another password
# shellcheck shell=bash disable=SC2154 # variables and verbs come from remote.py and prelude.sh

has_database_and_user() {
  mariadb -N 2>&1 <<SQL | grep -qx 1
SELECT COUNT(*) FROM mysql.global_priv AS account JOIN mysql.db AS rights ON rights.User = account.User
WHERE account.User = '$DATABASE' AND account.Host = '%' AND rights.Db = '${DATABASE//_/\\_}'
AND JSON_VALUE(account.Priv, '$.authentication_string') = PASSWORD('$PASSWORD')
AND EXISTS (SELECT * FROM information_schema.SCHEMATA WHERE SCHEMA_NAME = '$DATABASE');
SQL
}

# MariaDB logs statements that fail. So the statements that may fail come first, without the password.
create_database_and_user() {
  mariadb <<SQL
CREATE DATABASE IF NOT EXISTS \`$DATABASE\`;
CREATE USER IF NOT EXISTS \`$DATABASE\`@'%' IDENTIFIED VIA mysql_native_password USING 'invalid';
GRANT ALL ON \`${DATABASE//_/\\_}\`.* TO \`$DATABASE\`@'%';
ALTER USER \`$DATABASE\`@'%' IDENTIFIED BY '$PASSWORD';
SQL
}

if ! has_database_and_user; then
  # A member refuses statements while it rejoins the others.
  wait_until 60 "the member to create the database $DATABASE" create_database_and_user
  changed "created database and user $DATABASE"
fi

database_is_there() {
  local seen
  seen=$(mariadb -N -e "SELECT EXISTS (SELECT * FROM mysql.db WHERE User = '$DATABASE')
    AND EXISTS (SELECT * FROM information_schema.SCHEMATA WHERE SCHEMA_NAME = '$DATABASE')" 2>/dev/null) || return 0
  [ "$seen" != 0 ] || { echo "the database $DATABASE or its user is missing" && return 1; }
}
holds "the database $DATABASE is missing" database_is_there DATABASE
