//! The plugins of a component.
// Natively, connectors are run by their types: what the exports of a component need is idle there.
#![cfg_attr(not(target_arch = "wasm32"), allow(dead_code))]

use std::collections::BTreeMap;

use crate::codec::origins::OffsetChange;
use crate::config::Config;
use crate::converter::Converter;
use crate::error::Error;
use crate::header_converter::HeaderConverter;
use crate::plugin::{Kind, PluginInfo};
use crate::predicate::Predicate;
use crate::sink::{SinkConnector, SinkContext, SinkTask};
use crate::source::{ExactlyOnceSupport, SourceConnector, SourceContext, SourceTask};
use crate::transformation::Transformation;

/// A configuration as the user wrote it.
pub(crate) type Props = BTreeMap<String, String>;

/// The plugins that a component exports; made by [`crate::export!`].
pub trait Registry: 'static {
    /// One entry a plugin and kind.
    const ENTRIES: &'static [Entry];
    /// The version of plugins that name none.
    const VERSION: &'static str;
}

/// Makes a converter of a configuration, for keys (true) or values.
type OpenConverter = fn(&Config, bool) -> Result<Box<dyn Converter>, Error>;

/// A plugin, and how to make one.
#[derive(Debug, Clone)]
pub struct Entry {
    pub(crate) kind: Kind,
    pub(crate) info: fn() -> PluginInfo,
    pub(crate) open: Open,
}

#[derive(Debug, Clone)]
pub(crate) enum Open {
    Source(OpenSource),
    Sink(OpenSink),
    Transformation(fn(&Config) -> Result<Box<dyn Transformation>, Error>),
    Predicate(fn(&Config) -> Result<Box<dyn Predicate>, Error>),
    Converter(OpenConverter),
    HeaderConverter(fn(&Config) -> Result<Box<dyn HeaderConverter>, Error>),
}

/// A source connector without the type of its task.
pub(crate) trait AnySourceConnector {
    fn task_configs(&mut self, max_tasks: u32) -> Result<Vec<Props>, Error>;
    fn stop(&mut self) -> Result<(), Error>;
}

impl<C: SourceConnector> AnySourceConnector for C {
    fn task_configs(&mut self, max_tasks: u32) -> Result<Vec<Props>, Error> {
        SourceConnector::task_configs(self, max_tasks)
    }

    fn stop(&mut self) -> Result<(), Error> {
        SourceConnector::stop(self)
    }
}

/// A sink connector without the type of its task.
pub(crate) trait AnySinkConnector {
    fn task_configs(&mut self, max_tasks: u32) -> Result<Vec<Props>, Error>;
    fn stop(&mut self) -> Result<(), Error>;
}

impl<C: SinkConnector> AnySinkConnector for C {
    fn task_configs(&mut self, max_tasks: u32) -> Result<Vec<Props>, Error> {
        SinkConnector::task_configs(self, max_tasks)
    }

    fn stop(&mut self) -> Result<(), Error> {
        SinkConnector::stop(self)
    }
}

#[derive(Debug, Clone)]
pub(crate) struct OpenSource {
    pub(crate) connector: fn(&Config) -> Result<Box<dyn AnySourceConnector>, Error>,
    pub(crate) task: fn(&Config) -> Result<Box<dyn SourceTask>, Error>,
    pub(crate) alter_offsets: fn(&Props, &[OffsetChange]) -> Result<bool, Error>,
    pub(crate) exactly_once_support: fn(&Props) -> Result<Option<ExactlyOnceSupport>, Error>,
    pub(crate) can_define_transaction_boundaries: fn(&Props) -> Result<bool, Error>,
}

#[derive(Debug, Clone)]
pub(crate) struct OpenSink {
    pub(crate) connector: fn(&Config) -> Result<Box<dyn AnySinkConnector>, Error>,
    pub(crate) task: fn(&Config) -> Result<Box<dyn SinkTask>, Error>,
    pub(crate) alter_offsets: fn(&Props, &[OffsetChange]) -> Result<bool, Error>,
}

impl Entry {
    /// A source connector with its task.
    pub const fn source<C: SourceConnector + 'static>() -> Self
    where
        C::Task: 'static,
    {
        let open = OpenSource {
            connector: |config| Ok(Box::new(C::start(config)?)),
            task: |config| Ok(Box::new(C::Task::start(config, SourceContext::new())?)),
            alter_offsets: C::alter_offsets,
            exactly_once_support: C::exactly_once_support,
            can_define_transaction_boundaries: C::can_define_transaction_boundaries,
        };
        Self { kind: Kind::Source, info: C::plugin, open: Open::Source(open) }
    }

    /// A sink connector with its task.
    pub const fn sink<C: SinkConnector + 'static>() -> Self
    where
        C::Task: 'static,
    {
        let open = OpenSink {
            connector: |config| Ok(Box::new(C::start(config)?)),
            task: |config| Ok(Box::new(C::Task::start(config, SinkContext::new())?)),
            alter_offsets: C::alter_offsets,
        };
        Self { kind: Kind::Sink, info: C::plugin, open: Open::Sink(open) }
    }

    /// A transformation.
    pub const fn transformation<T: Transformation + 'static>() -> Self {
        let open = Open::Transformation(|config| Ok(Box::new(T::configure(config)?)));
        Self { kind: Kind::Transformation, info: T::plugin, open }
    }

    /// A predicate.
    pub const fn predicate<P: Predicate + 'static>() -> Self {
        let open = Open::Predicate(|config| Ok(Box::new(P::configure(config)?)));
        Self { kind: Kind::Predicate, info: P::plugin, open }
    }

    /// A converter of keys and values.
    pub const fn converter<C: Converter + 'static>() -> Self {
        let open = Open::Converter(|config, is_key| Ok(Box::new(C::configure(config, is_key)?)));
        Self { kind: Kind::Converter, info: C::plugin, open }
    }

    /// A converter of headers.
    pub const fn header_converter<C: HeaderConverter + 'static>() -> Self {
        let open = Open::HeaderConverter(|config| Ok(Box::new(C::configure(config)?)));
        Self { kind: Kind::HeaderConverter, info: C::plugin, open }
    }

    /// What the plugin is.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// What it says about itself.
    pub fn info(&self) -> PluginInfo {
        (self.info)()
    }
}

/// The plugin of that kind and class, with its entry in the manifest. `ConfigException` when there is none.
pub(crate) fn find(entries: &'static [Entry], kind: Kind, class: &str) -> Result<(&'static Entry, PluginInfo), Error> {
    for entry in entries.iter().filter(|entry| entry.kind == kind) {
        let info = (entry.info)();
        if info.is_named(class) {
            return Ok((entry, info));
        }
    }
    Err(Error::config(format!("this component has no {} of class {class}", kind.name())))
}

/// The configuration of a plugin, parsed by its definition.
pub(crate) fn parse(info: &PluginInfo, props: &[(String, String)]) -> Result<Config, Error> {
    info.config.parse(props.iter().map(|(name, value)| (name.as_str(), value.as_str())))
}
