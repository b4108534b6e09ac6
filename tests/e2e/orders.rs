//! The example, with fewer orders.

/// A million of them: `examples/orders/run`.
const ORDERS: u64 = 30_000;

#[test]
fn every_order_is_found_once() {
    caisson_tests::orders::run(ORDERS).unwrap();
}
