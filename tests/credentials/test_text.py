"""Credentials are found in texts by their form, at any place, and other texts are not."""

import base64
import json
import re
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.credentials import marked
from reconciler.credentials.assignments import CREDENTIAL_WORDS, in_assignments
from reconciler.credentials.command_lines import in_command_lines
from reconciler.credentials.entries import in_entries
from reconciler.credentials.marked import marked_values
from reconciler.credentials.syntaxes import in_syntaxes
from reconciler.credentials.text import find_credentials

C = "Xq7-canary_93"


def b64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def hidden(text: str) -> str:
    """The text with its credentials replaced."""
    for start, end in reversed(find_credentials(text)):
        text = f"{text[:start]}*{text[end:]}"
    return text


KNOWN = [
    ("password: &shared hunter", "password: &shared *"),
    ("password: !!str hunter", "password: !!str *"),
    ('{"password": /* old */ "hunter"}', '{"password": /* old */ "*"}'),
    ('$env:DB_PASSWORD = "hunter"', '$env:DB_PASSWORD = "*"'),
    ("password:: 'hunter'", "password:: '*'"),
    ("password\uff1ahunter", "password\uff1a*"),
    ("password\uff1dhunter", "password\uff1d*"),
    ("password\xa0=\xa0hunter", "password\xa0=\xa0*"),
    ('user.setPassword("hunter")', 'user.setPassword("*")'),
    ("<key>password</key>\n  <string>hunter</string>", "<key>password</key>\n  <string>*</string>"),
    ('{default_pass, <<"hunter">>}', '{default_pass, <<"*">>}'),
    ('variable "db_password" {\n  default = "hunter"\n}', 'variable "db_password" {\n  default = "*"\n}'),
    ("ldap_default_authtok = hunter", "ldap_default_authtok = *"),
    (f"redis-server --requirepass {C}", "redis-server --requirepass *"),
    (f"redis-server --requirepass '{C} x' --port 1", "redis-server --requirepass '*' --port 1"),
    (f"--requirepass={C} --maxmemory 2gb", "--requirepass=* --maxmemory 2gb"),
    (f"-Dadmin.password={C} -Xmx1g", "-Dadmin.password=* -Xmx1g"),
    (f"-e postgres://u:{C}@db/x", "-e postgres://u:*@db/x"),
    (f"redis://:{C}@cache", "redis://:*@cache"),
    (f"amqp://u:p/{C}@mq", "amqp://u:*@mq"),
    (f"https://{C}@host/x", "https://*@host/x"),
    (f"https://host/x?a=1&access_token={C}&b=2", "https://host/x?a=1&access_token=*&b=2"),
    (f"https://host/x?sig={C}", "https://host/x?sig=*"),
    (f"jdbc:mysql://h/d?user=u&password={C}", "jdbc:mysql://h/d?user=u&password=*"),
    (f"jdbc:sqlserver://h;user=u;password={C};encrypt=true", "jdbc:sqlserver://h;user=u;password=*;encrypt=true"),
    (f"Server=db;Uid=u;Password={C};", "Server=db;Uid=u;Password=*;"),
    (f"Server=db;Pwd={C}", "Server=db;Pwd=*"),
    (f"AccountName=a;AccountKey={C}==;x=y", "AccountName=a;AccountKey=*;x=y"),
    (f'{{"db":{{"password":"{C}"}}}}', '{"db":{"password":"*"}}'),
    (json.dumps({"x": json.dumps({"password": C})}), json.dumps({"x": json.dumps({"password": "*"})})),
    ('{"password": "a\\"b c", "b": 1}', '{"password": "*", "b": 1}'),
    (f"password: {C}", "password: *"),
    (f"curl -H 'Authorization: Bearer {C}' http://x", "curl -H 'Authorization: Bearer *' http://x"),
    (f"curl -H 'Authorization: token {C}' http://x", "curl -H 'Authorization: token *' http://x"),
    (f"proxy_set_header Authorization 'ApiKey {C}';", "proxy_set_header Authorization '*';"),
    (f"u:{C}@tcp(db:3306)/app", "u:*@tcp(db:3306)/app"),
    (f"app:{C}@db:5432/app", "app:*@db:5432/app"),
    (f"machine h login u password {C}", "machine h login u password *"),
    (f"sh -c 'mysqldump -u root -p{C} app'", "sh -c 'mysqldump -u root -p* app'"),
    (f"redis-cli -h cache -a {C} ping", "redis-cli -h cache -a * ping"),
    (f"docker login -u me -p {C}", "docker login -u me -p *"),
    (f"sshpass -p {C} ssh h", "sshpass -p * ssh h"),
    (f"smbclient //h/s -U me%{C}", "smbclient //h/s -U me%*"),
    (f"define('DB_PASSWORD', '{C}');", "define('DB_PASSWORD', '*');"),
    (f"$config['db_password'] = '{C}';", "$config['db_password'] = '*';"),
    (f'<add key="Password" value="{C}"/>', '<add key="Password" value="*"/>'),
    (f'psk="{C}"', 'psk="*"'),
    (f"bindpw: {C}", "bindpw: *"),
    (f"webhook_url: https://h.example/{C}/0123456789", "webhook_url: *"),
    (f"https://api.telegram.org/bot1:{C}/send", "https://api.telegram.org/bot*"),
    ("me:{SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g=", "me:*"),
    (f'{{"auth": "{b64(f"me:{C}")}"}}', '{"auth": "*"}'),
    (f"echo {b64(f'password={C}')} | base64 -d", "echo * | base64 -d"),
    (f"next=https%3A%2F%2Fu%3A{C}%40h&x=1", "next=https%3A%2F%2Fu%3A*%40h&x=1"),
    (f"/x?q=redis-server%20--requirepass%20{C}%20-v", "/x?q=redis-server%20--requirepass%20*%20-v"),
    (f"/x?curl%20-u%20user:{C}%20x", "/x?curl%20-u%20user:*%20x"),
    (f"x-api-key: {C}", "x-api-key: *"),
    (f"curl -u admin:{C} http://x", "curl -u admin:* http://x"),
    (f"CREATE USER a IDENTIFIED BY '{C}'", "CREATE USER a IDENTIFIED BY '*'"),
    (f"ALTER ROLE a PASSWORD '{C}'", "ALTER ROLE a PASSWORD '*'"),
    (f"<password>{C}</password>", "<password>*</password>"),
    (f"port 6379\nrequirepass {C}\n", "port 6379\nrequirepass *\n"),
    (f"a = 1\n[db]\npassword = {C} and more\nb = 2\n", "a = 1\n[db]\npassword = *\nb = 2\n"),
    (f"db:\n  password: {C}\n  user: x\n", "db:\n  password: *\n  user: x\n"),
    (f"db:\n  password: |\n    {C}\n    {C}\n  user: x\n", "db:\n  password: |\n*  user: x\n"),
    (f"export DB_PW={C}\n", "export DB_PW=*\n"),
    (f"-----BEGIN RSA PRIVATE KEY-----\n{C}\n-----END RSA PRIVATE KEY-----\n",
     "-----BEGIN RSA PRIVATE KEY-----*-----END RSA PRIVATE KEY-----\n"),
    (f"key: -----BEGIN PRIVATE KEY-----\\n{C}\\n", "key: -----BEGIN PRIVATE KEY-----*"),
    (f"admin:$2y$05${C}", "admin:*"),
    (f"vault login {C}", "vault login *"),
    (f"vault login -no-print {C}", "vault login -no-print *"),
    (f"bind_pw {C}", "bind_pw *"),
    ("uri ldap://h\nbindpw hunter\n", "uri ldap://h\nbindpw *\n"),
    (f"vrrp {{\n  auth_pass {C}\n}}", "vrrp {\n  auth_pass *\n}"),
    (f"aws configure set aws_secret_access_key {C}", "aws configure set aws_secret_access_key *"),
    (f"proxy_set_header X-Api-Key {C};", "proxy_set_header X-Api-Key *;"),
    (f"Cookie: sid={C}; b={C}", "Cookie: sid=*"),
    (f"Set-Cookie: sid={C}; Path=/", "Set-Cookie: sid=*"),
    (f"curl -H 'Cookie: sid={C}' http://x", "curl -H 'Cookie: sid=*' http://x"),
    (f"curl -b 'sid={C}' http://x", "curl -b 'sid=*' http://x"),
    (f"erlang_cookie={C}", "erlang_cookie=*"),
    (f"curl --proxy-user me:{C} http://x", "curl --proxy-user me:* http://x"),
    (f"curl -s '-u' 'me:{C}' http://x", "curl -s '-u' 'me:*' http://x"),
    (f"podman login -u me -p {C} reg", "podman login -u me -p * reg"),
    (f"az login --service-principal -u me -p {C}", "az login --service-principal -u me -p *"),
    (f"htpasswd -bc /etc/f me {C}", "htpasswd -bc /etc/f me *"),
    (f"rabbitmqctl add_user me {C}", "rabbitmqctl add_user me *"),
    (f"mc alias set m http://x access {C}", "mc alias set m http://x access *"),
    (f"mysqladmin -u root password {C}", "mysqladmin -u root password *"),
    (f"mosquitto_sub -u me -P {C} -t x", "mosquitto_sub -u me -P * -t x"),
    (f"redis-cli AUTH me {C}", "redis-cli AUTH me *"),
    (f"user me on >{C} ~* +@all", "user me on >* ~* +@all"),
    (f"echo {C} | docker login --password-stdin", "echo * | docker login --password-stdin"),
    (f"echo me:{C} | chpasswd", "echo me:* | chpasswd"),
    (f"sqlplus me/{C}@db", "sqlplus me/*@db"),
    (f"[smtp.example.com]:587 me:{C}", "[smtp.example.com]:587 me:*"),
    (f"https://h/x?key={C}abc", "https://h/x?key=*"),
    (f"stats auth admin:{C}", "stats auth admin:*"),
    (f"user admin insecure-password {C}", "user admin insecure-password *"),
    (f"SET PASSWORD FOR 'u' = PASSWORD('{C}')", "SET PASSWORD FOR 'u' = PASSWORD('*')"),
    (f"<secret><![CDATA[{C}]]></secret>", "<secret><![CDATA[*</secret>"),
    (f'<entry key="password">{C}</entry>', '<entry key="password">*</entry>'),
    (f'["redis-server", "--requirepass", "{C}"]', '["redis-server", "--requirepass", "*"]'),
    (f'["mysql", "-p{C}"]', '["mysql", "-p*"]'),
    (f"- --requirepass\n- {C}\n", "- --requirepass\n- *\n"),
    (f"db:\n  password:\n    {C}\n  user: x\n", "db:\n  password:\n    *\n  user: x\n"),
    (f"password:\n\n  {C}\n", "password:\n\n  *\n"),
    (f"password: # of the db\n  {C}\nuser: x", "password: *\n  *\nuser: x"),
    (f"password: !!str\n  {C}\n", "password: *\n  *\n"),
    (f"password: |2-\n    {C}\n", "password: |2-\n*"),
    (f"passwords:\n- {C}\n- {C}\nuser: x\n", "passwords:\n- *\n- *\nuser: x\n"),
    (f'{{"password":\n  "{C}"}}', '{"password":\n  "*"}'),
    (f"password = \\\n  {C}\n", "password = \\\n  *\n"),
    (f'tokens = [ "{C}", "{C}" ]', 'tokens = [ "*", "*" ]'),
    (f'password = """\n{C}\n"""', 'password = """*"""'),
    (f"- name: DB_PASSWORD\n  value: {C}\n", "- name: DB_PASSWORD\n  value: *\n"),
    (f'{{"key": "api_token", "value": "{C}"}}', '{"key": "api_token", "value": "*"}'),
    (f"password=${{DB_PASSWORD:-{C}}}", "password=*}"),
    ("https://mm.x.com/hooks/9n3k5q8r7tdjxk4mfz1w6ehyba", "https://mm.x.com/hooks/*"),
    ("https://x.com/hooks/5f3a9b2c1d4e6f7a8b9c0d1e/kJ8mPq?a=b", "https://x.com/hooks/*?a=b"),
    ("https://x.com/trigger/y/with/key/dR4kPq8sLmZ2vB", "https://x.com/trigger/y/with/key/*"),
    ("x https://h/bot/v2/hook/84896a0c-1347-aa90-a4f6-aca8b7558780", "x https://h/bot/v2/hook/*"),
    ("secret_id=84896a0c-1347-aa90-a4f6-aca8b7558780", "secret_id=*"),
    (f"${{DB_PASSWORD:-{C}}}", "${DB_PASSWORD:*}"),
    ("${DB_PASSWORD:+hunter2}", "${DB_PASSWORD:*}"),
    ("password=${X:-/8fJq/x}", "password=*}"),
    ("password=/8fJqZ2/x", "password=*"),
    ("jwt_secret=hunter", "jwt_secret=*"),
    (f"//registry.npmjs.org/:_auth={C}", "//registry.npmjs.org/:_auth=*"),
    ("_auth=hunter2", "_auth=*"),
    ("dsn: app:hunter2@db", "dsn: app:*@db"),
    ("app:hunter@db/app", "app:*@db/app"),
    (f"app:{C}@/app", "app:*@/app"),
    (f"app:{C}@db1.internal,db2.internal", "app:*@db1.internal,db2.internal"),
    (f"*:*:*:app:{C}", "*:*:*:app:*"),
    (f"db:5432:app:me:{C}\n", "db:5432:app:me:*\n"),
    (f"jdbc:oracle:thin:me/{C}@h:1", "jdbc:oracle:thin:me/*@h:1"),
    (f"me:{{PLAIN}}{C}", "me:{PLAIN}*"),
    (f"me:{C}:1001:100:upload", "me:*:1001:100:upload"),
    (f"nats://{C}@h:4222", "nats://*@h:4222"),
    ("password\nhunter2\n", "password\n*\n"),
    ("user\nadmin\nPassword\n\n  hunter2\r\n", "user\nadmin\nPassword\n\n  *\r\n"),
    ("password:\n  value: hunter\n", "password:\n  value: *\n"),
    ("password: {value: hunter}", "password: {value: *}"),
    ("password += hunter", "password += *"),
    ("<password type='x'>hunter</password>", "<password type='x'>*</password>"),
    ("<ns:password>hunter</ns:password>", "<ns:password>*</ns:password>"),
    ("password\\u003dhunter", "password\\u003d*"),
    ("&quot;password&quot;:&quot;hunter&quot;", "&quot;password&quot;:&quot;*&quot;"),
    ("?X-Amz-Signature=9f86d081884c", "?X-Amz-Signature=*"),
    (f"kubectl create secret generic x --from-literal=a={C}", "kubectl create secret generic x --from-literal=a=*"),
    (f"cypher-shell -u me -p {C}", "cypher-shell -u me -p *"),
    (f"http -a me:{C} h", "http -a me:* h"),
    (f"winexe -U d/me%{C} //h", "winexe -U d/me%* //h"),
    (f"printf {C} | docker login --password-stdin", "printf * | docker login --password-stdin"),
    (f"ACL SETUSER me on >{C}", "ACL SETUSER me on >*"),
    (f"kinit me <<< {C}", "kinit me <<< *"),
    (f"curl -sSfu me:{C} http://h", "curl -sSfu me:* http://h"),
    (f"- curl\n- -u\n- me:{C}\n- http://h\n", "- curl\n- -u\n- me:*\n- http://h\n"),
    (f"expdp me/{C}@db", "expdp me/*@db"),
    ("rman target me/hunter2@db", "rman target me/*@db"),
    ("sqlldr userid=me/hunter2@db control=x", "sqlldr userid=me/*@db control=x"),
    (f"me/{C}@db:1521/xe", "me/*@db:1521/xe"),
    ("me/hunter#2@db", "me/*@db"),
    ("cloudflared service install hunter2", "cloudflared service install *"),
    ("vercel --prod -t hunter2", "vercel --prod -t *"),
    ("doctl -t hunter2 compute", "doctl -t * compute"),
    ("k6 cloud login -t hunter2", "k6 cloud login -t *"),
    ("openssl enc -aes-256-cbc -K 9f86d081884c7d65 -iv 00", "openssl enc -aes-256-cbc -K * -iv 00"),
    ("snmpwalk -v3 -u me -A hunter2 -X hunter3 h", "snmpwalk -v3 -u me -A * -X * h"),
    ("ssh-keygen -N 'hunter2' -f x", "ssh-keygen -N * -f x"),
    ("rar x -hphunter2 a", "rar x -hp* a"),
    ("twine upload -u me -p hunter2 x", "twine upload -u me -p * x"),
    ("gitlab-runner register -r hunter2", "gitlab-runner register -r *"),
    ("vault operator unseal hunter2", "vault operator unseal *"),
    ("cargo login hunter2", "cargo login *"),
    ("bw login me@example.com hunter2", "bw login me@example.com *"),
    ("neo4j-admin dbms set-initial-password hunter2", "neo4j-admin dbms set-initial-password *"),
    ("xfreerdp /u:me /p:hunter2 /v:h", "xfreerdp /u:me /p:* /v:h"),
    ("mount -t cifs //h/s /m -o user=me%hunter2", "mount -t cifs //h/s /m -o user=me%*"),
    ("sp_addlogin 'me', 'hunter2'", "sp_addlogin 'me', '*'"),
    ("FROM x\nENV DB_PASSWORD hunter\nUSER x\n", "FROM x\nENV DB_PASSWORD *\nUSER x\n"),
    ('const password: string = "hunter";', 'const password: string = "*";'),
    ('password <- "hunter"', 'password <- "*"'),
    (f"{C} # the password", "* # the password"),
    (f"export X={C} // token", "export X=* // token"),
    (f"'{C}' is the secret", "'*' is the secret"),
    ("name,password\nme,hunter2\nyou,hunter3\n", "name,password\nme,*\nyou,*\n"),
    ('"id";"api key"\n"1";"hunter2"\n', '"id";"api key"\n"1";"*"\n'),
    ("| user | password |\n| --- | --- |\n| me | `hunter2` |\n",
     "| user | password |\n| --- | --- |\n| me | `*` |\n"),
    ("user | password\n-----+---------\nme   | hunter2\n", "user | password\n-----+---------\nme   | *\n"),
    ("USER     PASSWORD\nme       hunter2\n", "USER     PASSWORD\nme       *\n"),
    ("密码: hunter", "密码: *"),
    ("Пароль=hunter", "Пароль=*"),
    ("Cookie-less: 1; PHPSESSID=hunter", "Cookie-less: 1; PHPSESSID=*"),
    ("Kennwort: hunter", "Kennwort: *"),
    ("contraseña=hunter", "contraseña=*"),
    ("Paßwort: hunter", "Paßwort: *"),
    ('{"sig": "hunter"}', '{"sig": "*"}'),
    ("-u me:hunter2", "-u me:*"),
    ("[-u, me:hunter2]", "[-u, me:*]"),
    ("curl -su me:hunter2 host", "curl -su me:* host"),
    ("[smtp.example.com] me:hunter2", "[smtp.example.com] me:*"),
    ("h:5:db:me:hunter2", "h:5:db:me:*"),
    ("run gloas-abcdefghijklmnop now", "run * now"),
    ("api.telegram.org/bot_abcdefgh", "api.telegram.org/bot*"),
    ('{"proxy":"me:Hunter2x:8080"}', '{"proxy":"me:*:8080"}'),
    ("net user me hunter2", "net user me *"),
    ("net user me hunter /add", "net user me * /add"),
    ("bundle config gems.example.com me:hunter", "bundle config gems.example.com me:*"),
    ("bundle config set --global https://gems.example.com/ me:hunter",
     "bundle config set --global https://gems.example.com/ me:*"),
    ('BUNDLE_GEMS__EXAMPLE__COM: "me:hunter"', 'BUNDLE_GEMS__EXAMPLE__COM: "me:*"'),
    ("recovery_codes: [abcd-1234, efgh-5678]", "recovery_codes: [*, *]"),
    ("backup_codes:\n  - abcd-1234\n  - 12345678\n", "backup_codes:\n  - *\n  - *\n"),
    ("recovery_code: abcd-1234", "recovery_code: *"),
]  # fmt: skip
"""Texts with a credential, and how they are shown."""


@pytest.mark.parametrize("text, shown", KNOWN)
def test_a_credential_is_found_at_its_place(text, shown):
    assert hidden(text) == shown


@pytest.mark.parametrize("word", sorted(CREDENTIAL_WORDS))
def test_each_credential_word_in_a_name_is_enough(word):
    assert hidden(f"{word.lower()}=hunter2") == f"{word.lower()}=*"


@pytest.mark.parametrize(
    "form",
    [
        "twilio login {}", "--auth={}", "--auth {}", "snyk auth {}", "heroku auth:token {}",
        "sentinel auth-pass mine {}",
        "password -> {}", "password|{}", "| password | {} |", "password,{}", "password;{}", "password({})",
        "password[{}]",
        "password{{{}}}", "(password {})", '[:password, "{}"]', '["password","{}"]', "**password**: {}",
        "`password`: `{}`",
        "\u201cpassword\u201d: \u201c{}\u201d", "password\uff1d{}", "password \u2013 {}", "password is {}",
        "pass phrase: {}", "API Key: {}",
        "Access Key {}", "Unseal Key 1: {}", "connection string: {}", "mot de passe: {}", '<password value="{}"/>',
        "<key>password</key><string>{}</string>", "<key>password</key>\n  <string>{}</string>",
        '{{"Name":"DB_PASSWORD","Value":"{}"}}', "<name>password</name><value>{}</value>", "auth: [me, {}]",
        "basic_auth: ['me', '{}']", "users: ['me:{}']", "users:\n - me:{}\n", "AUTH default {}", "IDENTIFIED BY {}",
        "INSERT INTO users (name, password) VALUES ('a', '{}')", "db.auth('a','{}')", "PRAGMA key='{}'", "salt: {}",
        "username a privilege 15 password 7 {}", "radius-server key {}", "poetry config http-basic.foo user {}",
        "consul acl set-agent-token agent {}", "expect 'Password:' send '{}'", "me * password {}", "bearer: {}",
        "- password\n- {}\n",
        "%password%={}", "login: me:{}", "encrypt: {}", "NEO4J_AUTH=neo4j/{}",
    ],
)  # fmt: skip
@pytest.mark.parametrize("value", [C, "b7Kd03nQx9LmZ2pV", "Tr0ub4dor&3"])
def test_a_generated_value_is_found_near_its_name(form, value):
    assert value not in hidden(form.format(value))


@pytest.mark.parametrize(
    "text",
    [f"authentication failed for password {C}", f"the token '{C}' has expired", f"bad credential ({C})"],
)
def test_a_generated_value_in_a_servers_message_is_masked(text):
    masked = [text[start:end] for start, end in find_credentials(text, prose=True)]

    assert masked == [C]


@pytest.mark.parametrize(
    "text",
    [
        "secret 'web-v2' is in use", "secret 3l7w0q9f8e7d6c5b4a3210xyz is in use",
        "token 0123456789abcdef0123456789abcdef",
        "config db-password.v12 exists", "password of user Robert1 is wrong",
    ],
)  # fmt: skip
def test_names_and_ids_in_a_servers_message_are_shown(text):
    assert find_credentials(text, prose=True) == []


@pytest.mark.parametrize(
    "token",
    ["ghp_", "gho_", "github_pat_", "glpat-", "AKIA", "xoxb-", "sk_live_", "rk_live_", "sk-", "sk-ant-", "npm_", "hf_",
     "SG.", "AIza", "ya29.", "dckr_pat_", "hvs.", "whsec_", "shpat_", "pypi-", "dop_v1_", "SWMTKN-1-"],
)  # fmt: skip
def test_a_token_is_recognized_by_its_prefix(token):
    value = f"{token}ABCDEFGHIJKL0123456789"

    assert hidden(f"run {value} now") == "run * now"
    assert hidden(f"--x={value}") == "--x=*"


@pytest.mark.parametrize("token", ["hvb.", "hvr.", "doo_v1_", "dor_v1_", "lin_api_"])
def test_a_token_of_only_letters_is_recognized_by_its_prefix(token):
    assert hidden(f"run {token}abcdefghijklmnop now") == "run * now"


def test_a_web_hook_of_a_chat_is_a_credential():
    assert hidden("https://hooks.slack.com/services/T0/B0/abcdefgh") == "https://hooks.slack.com/services/*"
    assert hidden("https://discord.com/api/webhooks/12/abcdefgh") == "https://discord.com/api/webhooks/*"


def test_a_signed_web_token_is_a_credential():
    assert hidden("a eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.dGVzdA b") == "a * b"


@pytest.mark.parametrize(
    "text",
    [
        "", "nginx:1.27", "--verbose --port 80", "http://host:80/@x", "http://me@host", "ssh://git@host/x",
        "postgres://db/x",
        "https://[::1]:443/@x", "/healthz", "password", "--password-file /run/secrets/x", "PASSWORD_MIN_LENGTH=8",
        "token_ttl: 3600", "password: ${DB_PASSWORD}", "password=$DB_PASSWORD", "password: /run/secrets/db",
        "certbot --dns-cloudflare-credentials /cloudflare.ini -d x", "tls_key=/etc/tls/tls.key",
        "--token=/srv/tokens", "password: ${X:-/path}", "--secret ${X:-/srv/app2/data} --user x",
        "https://h/hooks/deploy-of-the-clinic-2024", "https://h/webhooks/clinic/appointments", "secret_id: prod/db",
        "see /key/9n3k5q8r7tdjxk4mfz1w6ehyba",
        "${SECRET_KEY:-/etc/keys}", "${LOG_KEY:-/path}:/keys", "${SECRET_KEY:?set it}", "GOTRUE_JWT_AUD=authenticated",
        "jwt.issuer = clinic", "token_scope: read", "--jwt-alg HS256", "jwt_admin_roles=service_role",
        "auth: true", "use_token=false", "author: somebody", "compass: north", "keyboard: us", "primary_key: id",
        "the password is kept elsewhere", "Bearer", "proxy_set_header Authorization $http_authorization;",
        "ssl_certificate_key /etc/tls/tls.key;", "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----",
        "image: nginx:1.27@sha256:0123456789abcdef", "repo:tag@sha256:1111", "time: 10:30@home:1", "git@github.com:a/b",
        "mysql -p", "mysqld -p 3306:3306", "docker run -p 80:80", "webhook_url: http://receiver:5001/alerts",
        "webhook_url: https://hooks.example/alerts",
        "a/b/c/entrypoint/of/the/image.sh", "Authorization $http_authorization",
        "aGVsbG8gd29ybGQgb2YgeWFtbA==", "100%25 of it", "https://host/a%20b",
        "secrets:\n  - db-password\n  - app_token\n", "secrets:\n  db:\n    file: x\n", "secret:\n  secretName: x\n",
        "secrets: [db-password, api]", "password:\nuser: x\n", "- PASSWORD=\n- USER=x\n", "password: ${{ secrets.PW }}",
        "proxy_pass http://app:80;", "fastcgi_pass unix:/tmp/a.sock;", "ProxyPass / http://app/", "server_tokens off;",
        "ServerTokens Prod", "the secret_key is read at start", '"required": ["api_key", "user_id"]',
        "docker run -u 1000:1000",
        "chown -u app:app x", "openssl req -newkey rsa:4096 -keyout certs/domain.key -x509",
        "snmptrapd -c /etc/snmp/a.conf",
        "server app:9000", "upstream.internal:8080 app:9000", "FROM debian:bookworm-slim", "cookie SRV insert nocache",
        "proxy_cookie_path / /app;", "sticky cookie: true", "vault login", "vault login -method=oidc", "vault status",
        "curl -b cookies.txt http://x", "mkdir -p /data", "zip -r a b", "echo hello | tee x", "user nginx;",
        "- https://github.com/a/b", "password=${DB_PASSWORD:-}", "password=${DB_PASSWORD:-${OTHER}}",
        "# Database password (secret)", "- [Password Managers](#password-managers)",
        "mailto:me1@example.com", "from: me@example.com", "From:me2@example.com", "npm:react@18.2.0", "a:1.27@b",
        "library/nginx:v1.2@host", "actions/checkout@v4", "${ADMIN:-admin}@example.com", "${2:-git}@github.com:a/b",
        "password\n8080\n", "password\nemail\n", "Password\n--------\n", "password\nuser=x\n", "password\n/run/x\n",
        "- password\n- user1\n", "secret\n{\n", "auth OAuth2PasswordBearer", "key Base64Encoded",
        "public key: Ab1cD2eF3gH4iJ5", "PublicKey = Ab1cD2eF3gH4iJ5=", "public_key Ab1cD2eF3gH4iJ5",
        "authorized_keys: ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABgQ", "key sha256-Ab1cD2eF3gH4iJ5",
        "tls.Srv1A2b3.example.com",
        '{"password_length": 8, "etag": "Ab1cD2eF3gH4iJ5"}', "login Srv01A2b3C4.example.com", "auth = scram-sha-256",
        "--auth=oauth2", "http_auth=basic", "password?", "a:b:1001", "host:alias:8080", "web:latest1:8080",
        "PASSWORD_FILE=/Ab1/cD2/eF3", "pinned at 0123456789abcdef0123456789abcdef01234567",
        "key 123456789012345678901234",
        "<passwords-enabled>true</passwords-enabled>",
        "rsync -avu backup:data dest", "tar -cvu a:b", "owner/name@main", "mail/me+tag@host",
        "library/nginx-1.27@x", "${ORG}/x@v1", "vercel --prod", "doctl -t $TOKEN",
        "openssl s_client -connect h:443",
        "openssl enc -K $KEY", "exp(x) / y @ z", "env | grep TOKEN",
        "ENV TOKEN $TOKEN",
        "NAME   TYPE   SECRETS   AGE\nme     Opaque   1   3d\n",
        "| name | type | token |\n| --- | --- | --- |\n| a | b | string |\n",
        "field,password\nlength,8\n", "id, token\n1, as above it was\n",
        "| option | key |\n|---|---|\n| a | ${KEY} |\n",
        "key, value\na1, b2\n", "SPDX-License-Identifier: Apache-2.0", "5f2b # a token", "9f86d081884c7d65 # password",
        "string: Type = x", "a <- b",
        "seed: 42", "license: MIT", "snmptrapd -A -Lf /var/log/a",
        "net user me", "net user me /delete", "net user me * /add", "the net user growth is good",
        "BUNDLE_WITHOUT: development:test", "BUNDLE_BUILD__NOKOGIRI: --use-system-libraries", "bundle config path a:b",
        "BUNDLE_MIRROR__X: https://gems.example.com", "recovery_codes: 10", "backup_codes: []",
        "--secret", "token:", "rewrite ^/(.*)$ /$1$is_args$args last;",
    ],
)  # fmt: skip
def test_other_texts_hold_no_credentials(text):
    assert hidden(text) == text


PATTERNS = [
    value
    for value in vars(marked).values()
    if isinstance(value, re.Pattern) and "(?=" not in value.pattern[-20:]
]
"""Patterns from which a whole match can be generated, since they require nothing after it."""


def looked_at_closely(text: str) -> list[tuple[int, int]]:
    """The credentials in a text, without the quick test."""
    found = [
        *marked_values(text),
        *in_assignments(text, prose=False),
        *in_syntaxes(text),
        *in_command_lines(text),
        *in_entries(text),
    ]
    return [(start, end) for start, end in found if start < end]


WRITTEN = {
    "as it is": lambda text: text,
    "with tabs": lambda text: text.replace(" ", "\t"),
    "with a line below": lambda text: f"{text}\nx",
    "in quotes": lambda text: f'"{text}",',
    "in a list": lambda text: f"[{text}]",
    "without its URLs": lambda text: text.replace("http://x", "host").replace("://", "."),
    "without its first word": lambda text: text.partition(" ")[2],
    "its last two words": lambda text: " ".join(text.split(" ")[-2:]),
}


@pytest.mark.parametrize("written", WRITTEN.values(), ids=WRITTEN)
def test_the_quick_test_misses_no_credential(written):
    texts = [written(text) for text, _ in KNOWN]

    assert [text for text in texts if looked_at_closely(text) and not find_credentials(text)] == []


@pytest.mark.parametrize("pattern", PATTERNS, ids=lambda pattern: f"{pattern.pattern:.30}")
@settings(max_examples=10)
@given(data=st.data())
def test_the_quick_test_accepts_everything_that_a_pattern_finds(pattern, data):
    text = data.draw(st.from_regex(pattern, fullmatch=True))

    assert find_credentials(text) or not looked_at_closely(text)


@given(st.from_regex(r"[\w.-]{0,9}[ :/(,-]?[\w.!-]{0,9}@[\w.-]{0,9}[ :/(]?[\w.()-]{0,9}", fullmatch=True))
def test_the_quick_test_accepts_an_account_with_its_host(text):
    assert find_credentials(text) or not looked_at_closely(text)


@given(
    st.text(), st.sampled_from(["password=", '"password": "', "Bearer ", "https://u:", "--token "]), st.text()
)
def test_the_found_spans_are_ordered_and_do_not_overlap(before, middle, after):
    text = before + middle + after
    found = find_credentials(text)

    assert all(0 <= start < end <= len(text) for start, end in found)
    assert all(span[1] <= other[0] for span, other in pairwise(found))


@pytest.mark.parametrize(
    "text",
    [
        "password=", "\"password\": \"", "a://b:", "Bearer ", "-----BEGIN PRIVATE KEY-----", "password:\n ", "<token>",
        "-u a:", "ghp_", "password=a;b", "mysql ", "a.", "webhook=", "a:bcd@e", "eDp5eXl5eXl5 ", "%3A", "login a ",
        "('a', 'b'", "authorization: a ", "name='a' value='b' ", "secret_key a ", "password:\n - a", "tokens: [a",
        "--password\n", "vault login ", "cookie: a=bcdefghi ", "user a on >", "echo a | ",
        "user,password\nme,x1\n", "| token | a |\n", "-u\na:", "a/b!c@d ", "exp a ", "ENV token ", "Ab1cD2eF3 # ",
        "snmpget -A ", "vercel -t ", "curl -su a:", "a  token  ", "a: B = ",
        "password\nhunter2\n", "password Ab1cD2eF3 ", "a:b1c@d ", "\\u003d", "a:B1cdefg:100 ",
    ],
)  # fmt: skip
def test_many_credentials_are_found_in_linear_time(text):
    whole = text * 20_000
    found = find_credentials(whole)

    assert all(0 <= start < end <= len(whole) for start, end in found)
    assert all(span[1] <= other[0] for span, other in pairwise(found))
