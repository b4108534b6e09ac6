//! The SQL of every dialect, as text: names, statements that write, types of columns.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use caisson_jdbc::dialect::column::Column;
use caisson_jdbc::dialect::statement::Target;
use caisson_jdbc::dialect::{Dialect, Sql};
use caisson_jdbc::time_zone::TimeZone;
use caisson_sdk::data::logical;
use caisson_sdk::sql::TableId;
use caisson_sdk::{Decimal, Schema, SchemaBuilder, Type, Value};

fn sql(dialect: Dialect) -> Sql {
    Sql::new(dialect, false)
}

fn table(dialect: Dialect) -> TableId {
    sql(dialect).table_id("t").unwrap()
}

fn column(name: &str, schema: SchemaBuilder) -> Column {
    Column { name: name.to_owned(), schema: schema.build().unwrap(), is_key: false }
}

/// The statements to insert, upsert, update and delete a row of two keys and two other columns.
fn statements(dialect: Dialect) -> [Option<String>; 4] {
    let (sql, table) = (sql(dialect), table(dialect));
    let target = Target { table: &table, keys: vec!["a", "b"], others: vec!["c", "d"], types: &[] };
    [Some(sql.insert(&target, 1)), sql.upsert(&target, 1), sql.update(&target), Some(sql.delete(&target))]
}

#[test]
fn rows_are_written_in_each_dialect() {
    let some = |text: &str| Some(text.to_owned());
    let standard_update = some(r#"UPDATE "t" SET "c" = ?, "d" = ? WHERE "a" = ? AND "b" = ?"#);
    let standard_insert = some(r#"INSERT INTO "t"("a","b","c","d") VALUES(?,?,?,?)"#);
    let standard_delete = some(r#"DELETE FROM "t" WHERE "a" = ? AND "b" = ?"#);
    let sqlite_upsert = some(r#"INSERT OR REPLACE INTO "t"("a","b","c","d") VALUES(?,?,?,?)"#);
    let expected = [
        (Dialect::Generic, [standard_insert.clone(), None, standard_update.clone(), standard_delete.clone()]),
        (Dialect::Sqlite, [standard_insert, sqlite_upsert, standard_update, standard_delete]),
        (
            Dialect::PostgreSql,
            [
                some(r#"INSERT INTO "t"("a","b","c","d") VALUES($1,$2,$3,$4)"#),
                some(
                    r#"INSERT INTO "t" ("a","b","c","d") VALUES ($1,$2,$3,$4) ON CONFLICT ("a","b") DO UPDATE SET "c"=EXCLUDED."c","d"=EXCLUDED."d""#,
                ),
                some(r#"UPDATE "t" SET "c" = $1, "d" = $2 WHERE "a" = $3 AND "b" = $4"#),
                some(r#"DELETE FROM "t" WHERE "a" = $1 AND "b" = $2"#),
            ],
        ),
        (
            Dialect::MySql,
            [
                some("INSERT INTO `t`(`a`,`b`,`c`,`d`) VALUES(?,?,?,?)"),
                some("insert into `t`(`a`,`b`,`c`,`d`) values(?,?,?,?) on duplicate key update `c`=values(`c`),`d`=values(`d`)"),
                some("UPDATE `t` SET `c` = ?, `d` = ? WHERE `a` = ? AND `b` = ?"),
                some("DELETE FROM `t` WHERE `a` = ? AND `b` = ?"),
            ],
        ),
        (
            Dialect::SqlServer,
            [
                some("INSERT INTO [t]([a],[b],[c],[d]) VALUES(@P1,@P2,@P3,@P4)"),
                some(
                    "MERGE INTO [t] WITH (HOLDLOCK) AS target USING (SELECT @P1 AS [a], @P2 AS [b], @P3 AS [c], @P4 AS [d]) AS incoming ON \
                     (target.[a]=incoming.[a] AND target.[b]=incoming.[b]) WHEN MATCHED THEN UPDATE SET [c]=incoming.[c],[d]=incoming.[d] WHEN \
                     NOT MATCHED THEN INSERT ([a], [b], [c], [d]) VALUES (incoming.[a],incoming.[b],incoming.[c],incoming.[d]);",
                ),
                some("UPDATE [t] SET [c] = @P1, [d] = @P2 WHERE [a] = @P3 AND [b] = @P4"),
                some("DELETE FROM [t] WHERE [a] = @P1 AND [b] = @P2"),
            ],
        ),
        (
            Dialect::Oracle,
            [
                some(r#"INSERT INTO "t"("a","b","c","d") VALUES(:1,:2,:3,:4)"#),
                some(
                    r#"MERGE INTO "t" USING (SELECT :1 "a", :2 "b", :3 "c", :4 "d" FROM dual) incoming ON ("t"."a"=incoming."a" AND "t"."b"=incoming."b") WHEN MATCHED THEN UPDATE SET "t"."c"=incoming."c","t"."d"=incoming."d" WHEN NOT MATCHED THEN INSERT ("t"."a","t"."b","t"."c","t"."d") VALUES (incoming."a",incoming."b",incoming."c",incoming."d")"#,
                ),
                some(r#"UPDATE "t" SET "c" = :1, "d" = :2 WHERE "a" = :3 AND "b" = :4"#),
                some(r#"DELETE FROM "t" WHERE "a" = :1 AND "b" = :2"#),
            ],
        ),
    ];
    for (dialect, expected) in expected {
        assert_eq!(statements(dialect), expected, "{dialect:?}");
    }
}

#[test]
fn several_rows_are_written_at_once() {
    let of = |dialect: Dialect| {
        let table = table(dialect);
        let target = Target { table: &table, keys: vec!["a"], others: vec!["b"], types: &[] };
        (sql(dialect).insert(&target, 2), sql(dialect).upsert(&target, 2).unwrap())
    };
    let (insert, upsert) = of(Dialect::PostgreSql);
    assert_eq!(insert, r#"INSERT INTO "t"("a","b") VALUES($1,$2),($3,$4)"#);
    assert_eq!(upsert, r#"INSERT INTO "t" ("a","b") VALUES ($1,$2),($3,$4) ON CONFLICT ("a") DO UPDATE SET "b"=EXCLUDED."b""#);
    assert_eq!(of(Dialect::MySql).1, "insert into `t`(`a`,`b`) values(?,?),(?,?) on duplicate key update `b`=values(`b`)");
    assert_eq!([1, 1000, 70_000].map(|columns| sql(Dialect::PostgreSql).rows_at_once(columns)), [64, 64, 1]);
    assert_eq!(sql(Dialect::MySql).rows_at_once(2000), 32);
    assert_eq!(sql(Dialect::Sqlite).rows_at_once(2), 1);
}

#[test]
fn a_row_of_keys_alone_is_kept_as_it_is() {
    let upsert = |dialect: Dialect| {
        let table = table(dialect);
        let target = Target { table: &table, keys: vec!["a"], others: vec![], types: &[] };
        assert_eq!(sql(dialect).update(&target), None);
        sql(dialect).upsert(&target, 1)
    };
    assert_eq!(upsert(Dialect::PostgreSql).unwrap(), r#"INSERT INTO "t" ("a") VALUES ($1) ON CONFLICT ("a") DO NOTHING"#);
    assert_eq!(upsert(Dialect::MySql).unwrap(), "insert into `t`(`a`) values(?) on duplicate key update `a`=values(`a`)");
    assert_eq!(
        upsert(Dialect::SqlServer).unwrap(),
        "MERGE INTO [t] WITH (HOLDLOCK) AS target USING (SELECT @P1 AS [a]) AS incoming ON (target.[a]=incoming.[a]) WHEN NOT MATCHED THEN \
         INSERT ([a]) VALUES (incoming.[a]);"
    );
    assert!(!upsert(Dialect::Oracle).unwrap().contains("WHEN MATCHED"));
}

#[test]
fn postgresql_is_told_the_type_of_what_is_no_text() {
    let table = table(Dialect::PostgreSql);
    let types = [("j", "jsonb"), ("u", "uuid"), ("t", "text")].map(|(name, type_)| (name.to_owned(), type_.to_owned()));
    let target = Target { table: &table, keys: vec!["u"], others: vec!["j", "t"], types: &types };
    assert_eq!(sql(Dialect::PostgreSql).insert(&target, 1), r#"INSERT INTO "t"("u","j","t") VALUES($1::uuid,$2::jsonb,$3)"#);
    assert_eq!(
        sql(Dialect::PostgreSql).update(&target).unwrap(),
        r#"UPDATE "t" SET "j" = $1::jsonb, "t" = $2 WHERE "u" = $3::uuid"#
    );
}

/// One column for each schema that a field may have, and one that is a key.
fn columns() -> Vec<Column> {
    let plain = [
        ("i8", Type::Int8),
        ("i16", Type::Int16),
        ("i32", Type::Int32),
        ("i64", Type::Int64),
        ("f32", Type::Float32),
        ("f64", Type::Float64),
        ("bool", Type::Boolean),
        ("str", Type::String),
        ("bytes", Type::Bytes),
    ];
    let mut columns: Vec<Column> = plain.iter().map(|(name, type_)| column(name, SchemaBuilder::new(*type_))).collect();
    columns.push(column("dec", logical::decimal(2)));
    columns.push(column("date", logical::date()));
    columns.push(column("time", logical::time()));
    columns.push(column("ts", logical::timestamp().optional()));
    columns.push(Column { is_key: true, ..column("key", SchemaBuilder::new(Type::String)) });
    columns
}

#[test]
fn every_schema_has_a_type_in_each_dialect() {
    let expected: [(Dialect, &str); 6] = [
        (
            Dialect::Generic,
            "SMALLINT SMALLINT INTEGER BIGINT REAL DOUBLE PRECISION BOOLEAN VARCHAR(256) VARBINARY(1024) DECIMAL(38,2) DATE TIME TIMESTAMP VARCHAR(256)",
        ),
        (
            Dialect::PostgreSql,
            "SMALLINT SMALLINT INT BIGINT REAL DOUBLE PRECISION BOOLEAN TEXT BYTEA DECIMAL DATE TIME TIMESTAMP TEXT",
        ),
        (
            Dialect::MySql,
            "TINYINT SMALLINT INT BIGINT FLOAT DOUBLE TINYINT TEXT VARBINARY(1024) DECIMAL(65,2) DATE TIME(3) DATETIME(3) VARCHAR(256)",
        ),
        (Dialect::Sqlite, "INTEGER INTEGER INTEGER INTEGER REAL REAL INTEGER TEXT BLOB NUMERIC NUMERIC NUMERIC NUMERIC TEXT"),
        (
            Dialect::SqlServer,
            "tinyint smallint int bigint real float bit varchar(max) varbinary(max) decimal(38,2) date time datetime2 varchar(900)",
        ),
        (
            Dialect::Oracle,
            "NUMBER(3,0) NUMBER(5,0) NUMBER(10,0) NUMBER(19,0) BINARY_FLOAT BINARY_DOUBLE NUMBER(1,0) VARCHAR2(4000) BLOB NUMBER(*,2) DATE DATE TIMESTAMP VARCHAR2(4000)",
        ),
    ];
    for (dialect, expected) in expected {
        let types: Vec<String> = columns().iter().map(|column| dialect.type_of(column).unwrap()).collect();
        assert_eq!(types.join(" "), expected, "{dialect:?}");
        let map = SchemaBuilder::map(Schema::string(), Schema::int32());
        let refused = dialect.type_of(&column("m", map)).unwrap_err();
        assert_eq!(refused.message(), "null (MAP) type doesn't have a mapping to the SQL database column type (field m)");
    }
    let array = |items: Schema| Dialect::PostgreSql.type_of(&column("a", SchemaBuilder::array(items)));
    assert_eq!(array(Schema::int64()).unwrap(), "BIGINT[]");
    assert!(array(SchemaBuilder::array(Schema::int64()).build().unwrap()).is_err());
}

#[test]
fn tables_are_made_and_given_columns() {
    let columns = [
        column("id", SchemaBuilder::new(Type::Int32)),
        column("na\"me", SchemaBuilder::new(Type::String).optional()),
        Column { is_key: true, ..column("k", SchemaBuilder::new(Type::Int64)) },
    ];
    let created = sql(Dialect::PostgreSql).create_table(&table(Dialect::PostgreSql), &columns, &TimeZone::UTC).unwrap();
    assert_eq!(
        created,
        "CREATE TABLE \"t\" (\n\"id\" INT NOT NULL,\n\"na\"\"me\" TEXT NULL,\n\"k\" BIGINT NOT NULL,\nPRIMARY KEY(\"k\"))"
    );
    let added =
        [column("x", SchemaBuilder::new(Type::Int32).optional()), column("y", SchemaBuilder::new(Type::Boolean).optional())];
    let altered = |dialect: Dialect| sql(dialect).alter_table(&table(dialect), &added, &TimeZone::UTC).unwrap();
    assert_eq!(altered(Dialect::PostgreSql), ["ALTER TABLE \"t\" \nADD \"x\" INT NULL,\nADD \"y\" BOOLEAN NULL"]);
    assert_eq!(altered(Dialect::MySql), ["ALTER TABLE `t` \nADD `x` INT NULL,\nADD `y` TINYINT NULL"]);
    assert_eq!(
        altered(Dialect::Sqlite),
        ["ALTER TABLE \"t\" ADD \"x\" INTEGER NULL", "ALTER TABLE \"t\" ADD \"y\" INTEGER NULL"]
    );
    assert_eq!(altered(Dialect::SqlServer), ["ALTER TABLE [t] ADD\n[x] int NULL,\n[y] bit NULL"]);
    assert_eq!(altered(Dialect::Oracle), ["ALTER TABLE \"t\" ADD(\n\"x\" NUMBER(10,0) NULL,\n\"y\" NUMBER(1,0) NULL)"]);
    let one = sql(Dialect::PostgreSql).alter_table(&table(Dialect::PostgreSql), &added[..1], &TimeZone::UTC).unwrap();
    assert_eq!(one, ["ALTER TABLE \"t\" ADD \"x\" INT NULL"]);
}

/// What stands behind DEFAULT.
fn default_of(dialect: Dialect, schema: SchemaBuilder, value: Value<'static>, zone: &TimeZone) -> String {
    let column = column("c", schema.default_value(value));
    let created = sql(dialect).create_table(&table(dialect), &[column], zone).unwrap();
    created.split_once("DEFAULT ").unwrap().1.strip_suffix(')').unwrap().to_owned()
}

#[test]
fn defaults_are_constants_of_the_dialect() {
    let of = |dialect: Dialect, type_: Type, value: Value<'static>| {
        default_of(dialect, SchemaBuilder::new(type_), value, &TimeZone::UTC)
    };
    let text = || Value::from("it's \\ fine".to_owned());
    let bytes = || Value::bytes(vec![0_u8, 0xff]);
    for (dialect, expected) in [
        (Dialect::Generic, ["1", "'it''s \\ fine'", "x'00FF'"]),
        (Dialect::PostgreSql, ["TRUE", "'it''s \\ fine'", "'\\x00FF'"]),
        (Dialect::MySql, ["1", "('it''s \\\\ fine')", "x'00FF'"]),
        (Dialect::Sqlite, ["1", "'it''s \\ fine'", "x'00FF'"]),
        (Dialect::SqlServer, ["1", "'it''s \\ fine'", "0x00FF"]),
        (Dialect::Oracle, ["1", "'it''s \\ fine'", "HEXTORAW('00FF')"]),
    ] {
        let found = [
            of(dialect, Type::Boolean, Value::Boolean(true)),
            of(dialect, Type::String, text()),
            of(dialect, Type::Bytes, bytes()),
        ];
        assert_eq!(found, expected, "{dialect:?}");
    }
    assert_eq!(of(Dialect::PostgreSql, Type::Float32, Value::Float32(-1e-30)), "-1.0E-30");
    assert_eq!(of(Dialect::PostgreSql, Type::Int64, Value::Int64(-5)), "-5");
}

#[test]
fn times_are_defaults_in_the_zone_of_the_database() {
    let zone = TimeZone::named("America/New_York").unwrap();
    let of = |schema: SchemaBuilder, value: Value<'static>| default_of(Dialect::PostgreSql, schema, value, &zone);
    assert_eq!(of(logical::timestamp(), Value::Date(1_709_251_199_123)), "'2024-02-29 18:59:59.123'");
    assert_eq!(of(logical::date(), Value::Date(0)), "'1970-01-01'");
    assert_eq!(of(logical::time(), Value::Date(45_296_789)), "'07:34:56.789'");
    assert_eq!(of(logical::decimal(2), Value::Decimal(Decimal::new(-12_345, 2))), "-123.45");
}

#[test]
fn values_never_stand_in_a_statement() {
    let evil = "x'); DROP TABLE t; --";
    for dialect in Dialect::ALL {
        let named = TableId { catalog: None, schema: None, name: evil.to_owned() };
        let target = Target { table: &named, keys: vec![evil], others: vec!["c"], types: &[] };
        let open = sql(dialect).names.quotes.0;
        let quoted = format!("{open}{evil}");
        for statement in
            [Some(sql(dialect).insert(&target, 1)), sql(dialect).upsert(&target, 1), Some(sql(dialect).delete(&target))]
        {
            let Some(statement) = statement else { continue };
            assert_eq!(statement.matches(evil).count(), statement.matches(&quoted).count(), "{dialect:?}: {statement}");
        }
    }
}
