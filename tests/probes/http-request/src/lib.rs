//! Sends an HTTP request that nothing grants.
#![cfg_attr(not(target_arch = "wasm32"), allow(dead_code, unused_imports))]

use probe_behaviour::{Behaviour, Component, Config, Error, Polled, failure};

struct Misbehaviour;

#[cfg(target_arch = "wasm32")]
impl Behaviour for Misbehaviour {
    const CLASS: &'static str = "probe.HttpRequest";

    fn poll(_config: &Config) -> Result<Polled, Error> {
        use wasip2::http::outgoing_handler::handle;
        use wasip2::http::types::{Fields, OutgoingRequest, Scheme};

        let request = OutgoingRequest::new(Fields::new());
        let set = request.set_scheme(Some(&Scheme::Http)).and_then(|()| request.set_authority(Some("127.0.0.1:9")));
        let set = set.and_then(|()| request.set_path_with_query(Some("/")));
        set.map_err(|()| failure("the request cannot be made".to_owned()))?;
        let answer = handle(request, None).map_err(|code| failure(format!("{code:?}")))?;
        answer.subscribe().block();
        Err(failure(format!("{:?}", answer.get())))
    }
}

#[cfg(target_arch = "wasm32")]
type Probe = Component<Misbehaviour>;
#[cfg(target_arch = "wasm32")]
probe_behaviour::bindings::export!(Probe);
