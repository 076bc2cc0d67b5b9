"""What psycopg 3 does beyond plain queries; prints what came of it. Where the server is comes from the environment of libpq."""
import hashlib
import threading
import time

import psycopg
from psycopg import sql


def said(what, value):
    print(what, value, flush=True)


with psycopg.connect(autocommit=True) as c:
    c.execute("drop table if exists t")
    c.execute("create table t (a int primary key, b text, c bytea)")

    # Pipelines: many statements on their way, an error in the middle, and the rest left out.
    with c.pipeline():
        cursors = [c.execute("insert into t values (%s, %s, %s)", (n, f"row {n}", bytes([n]))) for n in range(50)]
        total = c.execute("select count(*), sum(a) from t")
    said("pipeline", (sum(one.rowcount for one in cursors), total.fetchone()))
    try:
        with c.pipeline() as pipeline:
            c.execute("insert into t values (100, 'kept', null)")
            pipeline.sync()
            c.execute("insert into t values (1, 'twice', null)")
            c.execute("insert into t values (101, 'left out', null)")
            pipeline.sync()
            c.execute("insert into t values (102, 'after', null)")
    except psycopg.Error as error:
        said("pipeline error", (error.sqlstate, error.diag.constraint_name))
    said("after it", c.execute("select a from t where a >= 100 order by a").fetchall())

    # COPY, both ways and both forms.
    with c.cursor().copy("copy t (a, b) from stdin") as copy:
        for n in range(1000, 21000):
            copy.write_row((n, f"copied {n}\t\\"))
    for form in ("text", "binary"):
        digest = hashlib.sha256()
        with c.cursor().copy(f"copy (select * from t order by a) to stdout (format {form})") as copy:
            for piece in copy:
                digest.update(piece)
        said(f"copy {form}", digest.hexdigest())
    try:
        with c.cursor().copy("copy t (a, b) from stdin") as copy:
            copy.write_row((30000, "x"))
            raise ValueError("the program fails in the middle")
    except ValueError as error:
        said("copy that fails", (error, c.execute("select count(*) from t where a = 30000").fetchone()))

    # Prepared by the driver, values in binary form, a cursor on the server.
    for n in range(8):
        row = c.execute("select %s::int8 + 1, %b::bytea, %s::float8", (n, bytes([0, n, 255]), n / 3), prepare=True)
    said("prepared", row.fetchone())
    said("binary", c.cursor(binary=True).execute("select 7::int4, 'x'::text, '{1,2}'::int[], now() > '2020-01-01'").fetchone())

with psycopg.connect() as c:
    with c.cursor(name="far") as far:
        far.itersize = 700
        far.execute("select a from t where a >= 1000 order by a")
        said("far cursor", sum(row[0] for row in far))
    c.rollback()
    try:
        c.execute("select 1/0")
    except psycopg.Error as error:
        said("error", (error.sqlstate, error.diag.message_primary, c.info.transaction_status))
    c.rollback()

    # Cancel.
    def cancel():
        time.sleep(0.3)
        c.cancel_safe(timeout=10)

    other = threading.Thread(target=cancel)
    other.start()
    started = time.monotonic()
    try:
        c.execute("select pg_sleep(60)")
    except psycopg.Error as error:
        said("cancelled", (error.sqlstate, time.monotonic() - started < 0.3 + 2))
    other.join()
    c.rollback()
    said("usable", c.execute("select 5").fetchone())

# LISTEN and NOTIFY, of two connections.
with psycopg.connect(autocommit=True) as hears, psycopg.connect(autocommit=True) as says:
    hears.execute("listen news")
    for n in range(3):
        says.execute(sql.SQL("select pg_notify('news', {})").format(f"piece {n}"))
    heard = [(one.channel, one.payload) for one in hears.notifies(timeout=20, stop_after=3)]
    said("heard", heard)
    notices = []
    says.add_notice_handler(lambda one: notices.append((one.severity, one.message_primary)))
    says.execute("do $$ begin raise warning 'careful'; end $$")
    said("notices", notices)
    said("settings", (says.info.encoding, says.info.parameter_status("standard_conforming_strings")))
