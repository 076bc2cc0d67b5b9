"""Two hundred statements of all kinds, one after the other; those that fail are passed over."""
import psycopg

with psycopg.connect(autocommit=True) as c:

    def run(statement, parameters=None):
        try:
            c.execute(statement, parameters)
        except psycopg.Error:
            pass

    run("create table t (a int primary key, b text)")
    for n in range(33):
        run(f"insert into t select g, 'row' from generate_series({n * 10}, {n * 10} + 2) g")
        run("select a from t where a >= %s order by a limit 2", (str(n * 10),))
        run(f"insert into t values ({n * 10}, 'twice')")
        # Both in one query.
        run(f"update t set b = 'b' where a = {n * 10}; select {n} where false")
        run(f"selekt {n}")
    run("select count(*) from t")
