//! Every type, null, zones, numbers of any size.

use crate::database::{Bound, all, instant, mariadb, open, open_with, postgres, query, read, rows, run, select, sqlite, words};

#[tokio::test]
async fn postgresql() {
    let connection = open(&postgres()).await;
    for (expression, word, expected) in [
        ("1::int2", "INT16", "[[1], []]"),
        ("9223372036854775807", "INT64", "[[9223372036854775807], []]"),
        ("true", "BOOLEAN", "[[true], []]"),
        ("0.1::float4", "FLOAT64", "[[0.1], []]"),
        ("'NaN'::numeric", "FLOAT64", "[[NaN], []]"),
        ("12345678901234567890.12::numeric", "DECIMAL:2", "[[4([-2, 2(h'42ed123b0bd8203a14')])], []]"),
        ("-1.5::numeric", "DECIMAL:3", "[[4([-3, -1500])], []]"),
        ("'a☺'::text", "STRING", "[[\"a☺\"], []]"),
        ("'\\x00ff'::bytea", "BYTES", "[[h'00ff'], []]"),
        ("'{\"b\": 1}'::jsonb", "STRING", "[[\"{\\\"b\\\": 1}\"], []]"),
        ("'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'::uuid", "STRING", "[[\"a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11\"], []]"),
        ("'1000-01-01'::date", "DATE", "[[7004(-30609792000000)], []]"),
        ("'12:34:56.789012'::time", "TIME", "[[7004(45296789)], []]"),
        ("'2024-02-29 23:59:59.123456'::timestamp", "TIMESTAMP", "[[7004(1709251199123)], []]"),
        ("'2024-02-29 23:59:59.123456'::timestamp", "NANOS", "[[123456000], []]"),
        ("'2024-06-30 12:00:00+05:30'::timestamptz", "TIMESTAMP", "[[7004(1719729000000)], []]"),
        ("'infinity'::timestamp", "TIMESTAMP", "[[7004(9223372036825200000)], []]"),
        ("B'0101'", "INT8", "[[101], []]"),
        ("NULL::int4", "INT32", "[[null], []]"),
    ] {
        assert_eq!(read(&connection, expression, word).await, expected, "{expression}");
    }
    let zoned = open_with(&postgres(), &[("time.zone", "Europe/Helsinki")]).await.unwrap();
    assert_eq!(read(&zoned, "'2024-02-29 23:59:59.123'::timestamp", "TIMESTAMP").await, "[[7004(1709243999123)], []]");
    let told = query(&connection, "SELECT 300").await;
    told.read_as(&[(0, "INT8".to_owned())], &[]).unwrap();
    let told = told.fetch(1, 1).await.unwrap_err();
    assert_eq!((told.kind(), told.column.as_deref()), ("data", Some("?column?")));
}

#[tokio::test]
async fn what_is_bound_to_postgresql_comes_back() {
    let connection = open_with(&postgres(), &[("time.zone", "America/New_York")]).await.unwrap();
    run(&connection, &["CREATE TABLE t (i int, s text, d date, ts timestamp, tz timestamptz, n numeric(20,4), u uuid)"]).await;
    let types = words(&["INT32", "STRING", "DATE", "INSTANT", "TIMESTAMP", "DECIMAL:4", "STRING"]);
    let row = [
        Bound::Int(1),
        Bound::Text("x"),
        Bound::Date(86_400_000),
        instant(1_709_251_199, 123_456_000),
        Bound::Date(1_709_251_199_123),
        Bound::Decimal(15_000, 4),
        Bound::Text("a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"),
    ];
    let nulls = [Bound::Null, Bound::Null, Bound::Null, Bound::Null, Bound::Null, Bound::Null, Bound::Null];
    let statement = "INSERT INTO t VALUES ($1, $2, $3, $4, $5, $6, $7)";
    let outcomes = connection.execute_batch(statement, &types, &rows(&[&row, &nulls])).await.unwrap();
    assert_eq!(outcomes.iter().map(|outcome| outcome.changed).collect::<Vec<_>>(), [Some(1), Some(1)]);
    let texts = select(&connection, "SELECT d::text, ts::text, (tz AT TIME ZONE 'UTC')::text FROM t WHERE i = 1").await;
    assert_eq!(texts, "[[\"1970-01-02\", \"2024-02-29 18:59:59.123456\", \"2024-02-29 23:59:59.123\"], []]");
    let cursor = query(&connection, "SELECT i, ts, n FROM t ORDER BY i").await;
    assert_eq!(all(&cursor).await, "[[1, 7004(1709251199123), 4([-4, 15000])], []], [[null, null, null], []]");
    for (nanos, expected) in [(123_455_000, "[[1], []]"), (123_456_000, "")] {
        let (types, after) = (words(&["INSTANT"]), rows(&[&[instant(1_709_251_199, nanos)]]));
        let found = connection.query("SELECT i FROM t WHERE ts > $1", &types, &after, 0).await.unwrap();
        assert_eq!(all(&found).await, expected, "{nanos}");
    }
}

#[tokio::test]
async fn mariadb_types() {
    let connection = open(&mariadb()).await;
    run(
        &connection,
        &[
            "CREATE TABLE t (id int primary key, t1 tinyint(1), tu tinyint unsigned, bu bigint unsigned, d decimal(65,30), f float, \
             b bit(8), y year, dt date, ti time(3), ts datetime(6), s varchar(10), bl blob, e enum('a','b'), j json)",
            "INSERT INTO t VALUES (1, 1, 255, 18446744073709551615, 0.000000000000000000000000000001, 0.1, b'11110000', 2024, '2024-02-29', \
             '-01:00:00.5', '9999-12-31 23:59:59.999999', '☺', x'00ff', 'b', '{\"a\": 1}')",
            "INSERT INTO t (id) VALUES (2)",
        ],
    )
    .await;
    let cursor = query(&connection, "SELECT * FROM t ORDER BY id").await;
    let types: Vec<String> = cursor.columns().iter().map(|column| column.connect_type.clone().unwrap().to_string()).collect();
    let expected = [
        "INT32",
        "BOOLEAN",
        "INT16",
        "INT64",
        "DECIMAL:30",
        "FLOAT32",
        "INT8",
        "DATE",
        "DATE",
        "TIME",
        "TIMESTAMP",
        "STRING",
        "BYTES",
        "STRING",
        "STRING",
    ];
    assert_eq!(types, expected);
    let reads: Vec<(u32, String)> =
        types.iter().enumerate().filter(|(index, _)| *index != 3).map(|(index, word)| (index as u32, word.clone())).collect();
    cursor.read_as(&reads, &[(3, "DECIMAL:0".to_owned())]).unwrap();
    let shown = all(&cursor).await;
    assert!(shown.starts_with("[[1, true, 255, 4([-30, 1]), "), "{shown}");
    assert!(
        shown.contains(
            "-16, 7004(1704067200000), 7004(1709164800000), 7004(-3600500), 7004(253402300799999), \"☺\", h'00ff', \"b\""
        ),
        "{shown}"
    );
    assert!(shown.contains("[4([0, 2(h'ffffffffffffffff')])]"), "{shown}");
    let told = query(&connection, "SELECT bu FROM t WHERE id = 1").await.fetch(1, 1).await.unwrap_err();
    assert_eq!(told.kind(), "data");
    assert_eq!(read(&connection, "CAST('2024-02-29 23:59:59.123456' AS datetime(6))", "NANOS").await, "[[123456000], []]");
}

#[tokio::test]
async fn sqlite_types() {
    let (config, _folder) = sqlite();
    let connection = open(&config).await;
    run(&connection, &["CREATE TABLE t (i INTEGER, n NUMERIC, s TEXT, b BLOB, ts TIMESTAMP, r REAL)"]).await;
    let types = words(&["INT64", "DECIMAL:2", "STRING", "STRING", "TIMESTAMP", "INT32"]);
    let row =
        [Bound::Int(5), Bound::Decimal(150, 2), Bound::Text("x"), Bound::Null, Bound::Date(1_709_251_199_123), Bound::Int(2)];
    connection.execute("INSERT INTO t VALUES (?, ?, ?, ?, ?, ?)", &types, &rows(&[&row])).await.unwrap();
    assert_eq!(select(&connection, "SELECT typeof(n), typeof(ts) FROM t").await, "[[\"real\", \"integer\"], []]");
    assert_eq!(read(&connection, "n FROM t", "DECIMAL:2").await, "[[4([-2, 150])], []]");
    assert_eq!(read(&connection, "ts FROM t", "TIMESTAMP").await, "[[7004(1709251199123)], []]");
    assert_eq!(read(&connection, "'2024-02-29 23:59:59.123'", "TIMESTAMP").await, "[[7004(1709251199123)], []]");
    assert_eq!(read(&connection, "2460370.4999", "DATE").await, "[[7004(1709164800000)], []]");
}
