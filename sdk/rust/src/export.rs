//! The one macro that makes a component of plugins.

/// Makes the crate a component of these plugins:
///
/// ```text
/// caisson_sdk::export! {
///     sources: [FileStreamSource],
///     sinks: [FileStreamSink],
/// }
/// ```
///
/// The lists are `sources`, `sinks`, `transformations`, `predicates`, `converters` and `header_converters`, in this order; those
/// that are empty are left out. The component exports the manifest and the interfaces that its plugins need, no others. On any other
/// target than WebAssembly the macro only names the plugins, as `Plugins`, so that tests can run them.
#[macro_export]
macro_rules! export {
    (
        $(sources: [$($source:ty),+ $(,)?] $(,)?)?
        $(sinks: [$($sink:ty),+ $(,)?] $(,)?)?
        $(transformations: [$($transformation:ty),+ $(,)?] $(,)?)?
        $(predicates: [$($predicate:ty),+ $(,)?] $(,)?)?
        $(converters: [$($converter:ty),+ $(,)?] $(,)?)?
        $(header_converters: [$($header_converter:ty),+ $(,)?] $(,)?)?
    ) => {
        /// The plugins of this component.
        pub struct Plugins;

        impl $crate::run::registry::Registry for Plugins {
            const ENTRIES: &'static [$crate::run::registry::Entry] = &[
                $($($crate::run::registry::Entry::source::<$source>(),)+)?
                $($($crate::run::registry::Entry::sink::<$sink>(),)+)?
                $($($crate::run::registry::Entry::transformation::<$transformation>(),)+)?
                $($($crate::run::registry::Entry::predicate::<$predicate>(),)+)?
                $($($crate::run::registry::Entry::converter::<$converter>(),)+)?
                $($($crate::run::registry::Entry::header_converter::<$header_converter>(),)+)?
            ];
            const VERSION: &'static str = env!("CARGO_PKG_VERSION");
        }

        #[cfg(target_arch = "wasm32")]
        #[allow(unsafe_code, missing_docs, unused_qualifications)]
        mod caisson_exports {
            type Component = $crate::run::component::Component<super::Plugins>;
            $crate::bindings::manifest::export_manifest!(Component with_types_in $crate::bindings::manifest);
            $crate::export_if! { [$($($source)+)?]
                $crate::bindings::source::export_source!(Component with_types_in $crate::bindings::source); }
            $crate::export_if! { [$($($sink)+)?]
                $crate::bindings::sink::export_sink!(Component with_types_in $crate::bindings::sink); }
            $crate::export_if! { [$($($transformation)+)? $($($predicate)+)? $($($converter)+)? $($($header_converter)+)?]
                $crate::bindings::stages::export_stages!(Component with_types_in $crate::bindings::stages); }
        }
    };
}

/// Keeps the items behind a list if the list has something in it.
#[doc(hidden)]
#[macro_export]
macro_rules! export_if {
    ([] $($items:tt)*) => {};
    ([$($some:tt)+] $($items:tt)*) => { $($items)* };
}
