//! What NUMERIC columns become.

use caisson_sdk::sql::Column;
use caisson_sdk::sql::column_type::ColumnType;

/// The value of `numeric.mapping`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NumericMapping {
    /// Decimals.
    None,
    /// Integers, where there is no scale.
    PrecisionOnly,
    /// Integers or FLOAT64, up to 18 digits.
    BestFit,
    /// The same, and FLOAT64 whenever there is a scale.
    BestFitEagerDouble,
}

/// How many digits an INT64 holds, whatever they are.
const MAX_DIGITS: i32 = 18;

impl NumericMapping {
    /// The names that `numeric.mapping` may have.
    pub const NAMES: [&'static str; 4] = ["none", "precision_only", "best_fit", "best_fit_eager_double"];

    /// The mapping of a name, in small letters or capitals.
    pub fn named(name: &str) -> Option<Self> {
        match name.to_ascii_lowercase().as_str() {
            "none" => Some(Self::None),
            "precision_only" => Some(Self::PrecisionOnly),
            "best_fit" => Some(Self::BestFit),
            "best_fit_eager_double" => Some(Self::BestFitEagerDouble),
            _ => None,
        }
    }

    /// What a column is read as; none: the mapping says nothing of it. A NUMERIC without a precision may hold any number: no integer is
    /// wide enough for it.
    pub fn of(self, column: &Column) -> Option<ColumnType> {
        if column.type_ != "NUMERIC" || self == Self::None {
            return None;
        }
        let (precision, scale) = (column.precision, column.scale);
        if precision <= 0 {
            return (self != Self::PrecisionOnly).then_some(ColumnType::Float64);
        }
        // Zeros before the point are digits too.
        let digits = precision - scale.min(0);
        match self {
            Self::PrecisionOnly if scale == 0 => integer(digits),
            Self::BestFitEagerDouble if scale > 0 => Some(ColumnType::Float64),
            Self::BestFit | Self::BestFitEagerDouble if digits <= MAX_DIGITS => {
                if scale > 0 {
                    Some(ColumnType::Float64)
                } else {
                    integer(digits)
                }
            }
            _ => None,
        }
    }
}

fn integer(digits: i32) -> Option<ColumnType> {
    match digits {
        ..=2 => Some(ColumnType::Int8),
        3..=4 => Some(ColumnType::Int16),
        5..=9 => Some(ColumnType::Int32),
        10..=MAX_DIGITS => Some(ColumnType::Int64),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column(type_: &str, precision: i32, scale: i32) -> Column {
        Column {
            name: "n".into(),
            type_: type_.into(),
            type_name: "numeric".into(),
            default_type: Some(ColumnType::Decimal(scale)),
            nullable: Some(true),
            signed: true,
            auto_increment: false,
            precision,
            scale,
            options: Vec::new(),
        }
    }

    fn word(mapping: NumericMapping, precision: i32, scale: i32) -> String {
        mapping.of(&column("NUMERIC", precision, scale)).map_or_else(|| "-".to_owned(), |type_| type_.to_string())
    }

    #[test]
    fn precision_and_scale_choose_the_type() {
        use NumericMapping::{BestFit, BestFitEagerDouble, None, PrecisionOnly};
        let cases = [
            ((2, 0), ["-", "INT8", "INT8", "INT8"]),
            ((4, 0), ["-", "INT16", "INT16", "INT16"]),
            ((9, 0), ["-", "INT32", "INT32", "INT32"]),
            ((18, 0), ["-", "INT64", "INT64", "INT64"]),
            ((19, 0), ["-", "-", "-", "-"]),
            ((9, 4), ["-", "-", "FLOAT64", "FLOAT64"]),
            ((19, 4), ["-", "-", "-", "FLOAT64"]),
            ((5, -2), ["-", "-", "INT32", "INT32"]),
            ((17, -2), ["-", "-", "-", "-"]),
            ((0, 0), ["-", "-", "FLOAT64", "FLOAT64"]),
        ];
        for ((precision, scale), expected) in cases {
            let found = [None, PrecisionOnly, BestFit, BestFitEagerDouble].map(|mapping| word(mapping, precision, scale));
            assert_eq!(found, expected, "NUMERIC({precision},{scale})");
        }
        assert_eq!(BestFit.of(&column("DECIMAL", 9, 2)), Option::None);
        assert!(NumericMapping::NAMES.iter().all(|name| NumericMapping::named(name).is_some()));
    }
}
