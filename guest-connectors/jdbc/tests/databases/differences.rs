//! Where this connector does otherwise than the JVM's, and why. COMPAT.md tells the same to users.

/// A reason, the databases that it holds for, and the cases.
type Difference = (&'static str, &'static [&'static str], &'static [&'static str]);

const ALL: &[&str] = &["sqlite", "postgres", "mariadb"];

const SOURCE: &[Difference] = &[
    (
        "a query that cannot succeed ends the task; the JVM's task asks it again for ever",
        ALL,
        &["inc_missing", "inc_no_auto", "ts_missing_ok"],
    ),
    ("the same", &["postgres"], &["inc_case", "ts_case"]),
    ("the same", &["sqlite"], &["query_exprs", "ts_string"]),
    ("a column is found in another case, as the database found it", &["mariadb"], &["inc_case", "ts_case"]),
    ("the same", &["sqlite"], &["inc_case", "ts_case"]),
    ("it is the broker that refuses the name of the topic, and here is none", ALL, &["inc_mixed"]),
    ("a REAL of SQLite has 64 bits, the JVM's field 32", &["sqlite"], &["types_default/real"]),
    (
        "the JVM's driver cannot read what is there, or cuts it short",
        &["sqlite"],
        &[
            "types_default/blob",
            "types_default/varbinary",
            "types_default/blob_in_text",
            "types_default/timestamp_iso",
            "types_default/timestamp_bad",
            "types_default/decimal_10_5",
            "types_num_none/decimal_10_5",
            "types_num_precision_only/decimal_10_5",
            "types_num_best_fit/decimal_10_5",
            "types_tz_helsinki/timestamp_iso",
            "types_tz_helsinki/timestamp_bad",
            "types_tz_newyork/timestamp_iso",
        ],
    ),
    (
        "a day with a time of day is that day; the JVM's converter refuses it",
        &["sqlite"],
        &[
            "types_default/date_millis",
            "types_default/datetime_text",
            "types_default/datetime_sec",
            "types_default/nulltypes",
            "types_tz_helsinki/date_millis",
            "types_tz_helsinki/date_full",
            "types_tz_helsinki/datetime_text",
            "types_tz_helsinki/datetime_sec",
            "types_tz_newyork/date_millis",
            "types_tz_newyork/date_full",
            "types_tz_newyork/datetime_text",
            "types_tz_newyork/datetime_sec",
        ],
    ),
    (
        "a time that a zone moves beyond midnight is that of the next day's clock; the JVM's converter refuses it",
        &["postgres", "mariadb"],
        &[
            "types_tz_newyork/time",
            "types_tz_newyork/time_24",
            "types_default/timetz",
            "types_tz_helsinki/timetz",
            "types_tz_newyork/timetz",
        ],
    ),
    ("the JVM's driver sees the first byte of eight", &["mariadb"], &["types_default/bit_64"]),
    ("the JVM's connector leaves the column out", &["mariadb"], &["types_default/uuid"]),
    ("the JVM's driver fails", &["mariadb"], &["types_tz_helsinki/year_zero"]),
    ("the rows before the one that is too great are given", &["mariadb"], &["inc_bigint_unsigned"]),
    (
        "another database of the recording had a table of that name, so that two would have shared a topic",
        &["mariadb"],
        &["bulk_other_database"],
    ),
    (
        "two tables that would share a topic fail the connector; the JVM's runs without tasks",
        &["postgres"],
        &["bulk_dup_whitelist"],
    ),
    ("Java 17 writes this float with a digit too many", &["postgres"], &["types_default/real"]),
    ("the JVM's driver cannot read large sums", &["postgres"], &["types_default/money"]),
    (
        "an instant with a zone is that instant; the JVM's driver counts it by the Julian calendar",
        &["postgres"],
        &["types_default/timestamptz", "types_tz_helsinki/timestamptz"],
    ),
    (
        "the JVM's driver takes a negative scale for 2046",
        &["postgres"],
        &[
            "types_default/numeric_5_m2",
            "types_num_none/numeric_5_m2",
            "types_num_precision_only/numeric_5_m2",
            "types_num_best_fit/numeric_5_m2",
        ],
    ),
    (
        "a NUMERIC without precision is no INT8",
        &["postgres"],
        &["types_num_precision_only/numeric_inf", "types_num_legacy/numeric_inf", "types_num_best_fit/numeric_inf"],
    ),
    (
        "a day before Christ in a zone is that day; the JVM's converter refuses it",
        &["postgres"],
        &["types_tz_helsinki/date_bc", "types_tz_newyork/date_bc"],
    ),
    ("a number that does not fit its field ends the task; the JVM's makes it null", &["postgres"], &["query_exprs"]),
];

const SINK: &[Difference] = &[
    (
        "pk.fields has the default that the documentation tells",
        ALL,
        &[
            "s_insert_kafka_distinct",
            "s_insert_kafka_dup",
            "s_insert_kafka_create",
            "s_multi_kafka_distinct",
            "s_upsert_kafka_distinct",
            "s_upsert_kafka_dup",
            "s_upsert_kafka_create",
            "s_update_kafka_distinct",
            "s_update_kafka_dup",
        ],
    ),
    ("a default is a constant that the database understands", ALL, &["s_ac_default_str"]),
    ("the same", &["postgres"], &["s_ac_default_bytes"]),
    ("an UPDATE with nothing to change is left out; the JVM's is no SQL", ALL, &["s_update_value_all"]),
    ("a delete makes no table", ALL, &["s_delete_first", "s_delete_only_create"]),
    ("a tombstone that may not delete is refused, as by Confluent's", ALL, &["s_delete_disabled", "s_delete_disabled_first"]),
    ("columns are added in the record's order; the JVM's has that of a HashMap", ALL, &["s_evolve_many"]),
    ("a Date is its day in every zone", &["postgres", "mariadb"], &["s_ac_tz_new_york"]),
    ("names of columns are quoted; the JVM's UPDATE has them bare", &["postgres"], &["s_table_mixed_update"]),
    (
        "a value becomes one of the column's type where PostgreSQL knows how; the JVM's connector casts some types in some modes",
        &["postgres"],
        &["s_ac_array_bytes", "s_pg_json_multi", "s_pg_enum", "s_pg_text_to_ts", "s_bool_to_int", "s_int_to_bool"],
    ),
];

/// The reason why a case of the source differs.
pub fn of_source(database: &str, case: &str) -> Option<&'static str> {
    find(SOURCE, database, case)
}

/// The reason why a case of the sink differs.
pub fn of_sink(database: &str, case: &str) -> Option<&'static str> {
    find(SINK, database, case)
}

fn find(differences: &'static [Difference], database: &str, case: &str) -> Option<&'static str> {
    let holds = |(_, databases, cases): &&Difference| databases.contains(&database) && cases.contains(&case);
    differences.iter().find(holds).map(|(reason, ..)| *reason)
}
