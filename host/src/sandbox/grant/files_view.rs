//! `wasi:filesystem` for one call: real descriptors go to wasmtime-wasi, virtual folders are answered from the grants.

use wasmtime::component::Resource;
use wasmtime_wasi::filesystem::{Descriptor, Dir, WasiFilesystemCtxView};
use wasmtime_wasi::p2::bindings::filesystem::preopens;
use wasmtime_wasi::p2::bindings::filesystem::types::{self, ErrorCode, HostDescriptor, HostDirectoryEntryStream};
use wasmtime_wasi::p2::{DynInputStream, DynOutputStream, FsError, FsResult};

use crate::sandbox::grant::cached;
use crate::sandbox::grant::files::{Files, Preopen, Target};
use crate::sandbox::host_calls::{HostCall, Interface};
use crate::sandbox::state::State;

/// An instance's files while a host call is under way.
pub struct FilesView<'a> {
    wasi: WasiFilesystemCtxView<'a>,
    files: &'a mut Files,
    _call: HostCall,
}

type Fd = Resource<Descriptor>;

impl<'a> FilesView<'a> {
    pub(super) fn of(state: &'a mut State) -> Self {
        let wasi = WasiFilesystemCtxView { ctx: &mut state.filesystem, table: &mut state.table };
        Self { wasi, files: &mut state.files, _call: HostCall::begin(Interface::Filesystem) }
    }

    fn is_virtual(&self, fd: &Fd) -> FsResult<bool> {
        let descriptor = self.wasi.table.get(fd)?;
        Ok(self.files.virtual_base(descriptor).is_some())
    }

    /// None: the descriptor is real and wasmtime-wasi answers.
    fn target(&mut self, fd: &Fd, path: &str, writes: bool) -> FsResult<Option<Target>> {
        let descriptor = self.wasi.table.get(fd)?;
        let Some(base) = self.files.virtual_base(descriptor).map(ToOwned::to_owned) else {
            return Ok(None);
        };
        Ok(Some(self.files.resolve(&base, path, writes)?))
    }

    /// Refuses what would change a virtual folder.
    fn only_real(&mut self, fd: &Fd, path: &str) -> FsResult<()> {
        let descriptor = self.wasi.table.get(fd)?;
        let Some(base) = self.files.virtual_base(descriptor).map(ToOwned::to_owned) else {
            return Ok(());
        };
        self.files.refuse(&base.join(path), true, "only a granted folder can be changed");
        Err(ErrorCode::Access.into())
    }

    fn lend(&mut self, folder: Dir) -> FsResult<Fd> {
        Ok(self.wasi.table.push(Descriptor::Dir(folder))?)
    }

    fn give_back(&mut self, lent: Fd) -> FsResult<()> {
        self.wasi.table.delete(lent)?;
        Ok(())
    }
}

/// Where a path of a virtual folder is, for wasmtime-wasi: links of a granted file are not followed, those below a folder
/// are kept in it by wasmtime-wasi.
fn place(target: Target, flags: types::PathFlags) -> (Dir, String, types::PathFlags) {
    match target {
        Target::File { folder, name, .. } => (folder, name, types::PathFlags::empty()),
        Target::Below { folder, path } => (folder, path, flags),
    }
}

/// The same for a look that opens nothing.
fn place_of_look(target: Target, flags: types::PathFlags) -> (Dir, String, types::PathFlags) {
    match target {
        Target::File { looks, name, .. } => (looks, name, types::PathFlags::empty()),
        other => place(other, flags),
    }
}

impl preopens::Host for FilesView<'_> {
    fn get_directories(&mut self) -> wasmtime::Result<Vec<Preopen>> {
        let mut opened = Vec::new();
        for (descriptor, name) in self.files.preopens() {
            opened.push((self.wasi.table.push(descriptor)?, name));
        }
        Ok(opened)
    }
}

impl types::Host for FilesView<'_> {
    fn convert_error_code(&mut self, error: FsError) -> wasmtime::Result<ErrorCode> {
        self.wasi.convert_error_code(error)
    }

    fn filesystem_error_code(&mut self, error: Resource<wasmtime::Error>) -> wasmtime::Result<Option<ErrorCode>> {
        self.wasi.filesystem_error_code(error)
    }
}

impl HostDescriptor for FilesView<'_> {
    async fn open_at(
        &mut self,
        fd: Fd,
        path_flags: types::PathFlags,
        path: String,
        open_flags: types::OpenFlags,
        flags: types::DescriptorFlags,
    ) -> FsResult<Fd> {
        let writes = flags.contains(types::DescriptorFlags::WRITE)
            || open_flags.intersects(types::OpenFlags::CREATE | types::OpenFlags::TRUNCATE);
        let Some(target) = self.target(&fd, &path, writes)? else {
            return self.wasi.open_at(fd, path_flags, path, open_flags, flags).await;
        };
        let (folder, name, path_flags) = place(target, path_flags);
        let lent = self.lend(folder)?;
        let opened = self.wasi.open_at(Resource::new_borrow(lent.rep()), path_flags, name, open_flags, flags).await;
        self.give_back(lent)?;
        opened
    }

    async fn stat_at(&mut self, fd: Fd, path_flags: types::PathFlags, path: String) -> FsResult<types::DescriptorStat> {
        let Some(target) = self.target(&fd, &path, false)? else {
            return self.wasi.stat_at(fd, path_flags, path).await;
        };
        let (folder, name, path_flags) = place_of_look(target, path_flags);
        let lent = self.lend(folder)?;
        let stat = self.wasi.stat_at(Resource::new_borrow(lent.rep()), path_flags, name).await;
        self.give_back(lent)?;
        stat
    }

    async fn metadata_hash_at(
        &mut self,
        fd: Fd,
        path_flags: types::PathFlags,
        path: String,
    ) -> FsResult<types::MetadataHashValue> {
        let Some(target) = self.target(&fd, &path, false)? else {
            return self.wasi.metadata_hash_at(fd, path_flags, path).await;
        };
        let (folder, name, path_flags) = place_of_look(target, path_flags);
        let lent = self.lend(folder)?;
        let hash = self.wasi.metadata_hash_at(Resource::new_borrow(lent.rep()), path_flags, name).await;
        self.give_back(lent)?;
        hash
    }

    async fn get_type(&mut self, fd: Fd) -> FsResult<types::DescriptorType> {
        self.wasi.get_type(fd).await
    }

    async fn get_flags(&mut self, fd: Fd) -> FsResult<types::DescriptorFlags> {
        match self.is_virtual(&fd)? {
            true => Ok(types::DescriptorFlags::READ),
            false => self.wasi.get_flags(fd).await,
        }
    }

    async fn stat(&mut self, fd: Fd) -> FsResult<types::DescriptorStat> {
        if !self.is_virtual(&fd)? {
            return self.wasi.stat(fd).await;
        }
        Ok(types::DescriptorStat {
            type_: types::DescriptorType::Directory,
            link_count: 1,
            size: 0,
            data_access_timestamp: None,
            data_modification_timestamp: None,
            status_change_timestamp: None,
        })
    }

    async fn read_directory(&mut self, fd: Fd) -> FsResult<Resource<types::DirectoryEntryStream>> {
        match self.is_virtual(&fd)? {
            true => Err(ErrorCode::Access.into()),
            false => self.wasi.read_directory(fd).await,
        }
    }

    async fn set_times(&mut self, fd: Fd, access: types::NewTimestamp, modification: types::NewTimestamp) -> FsResult<()> {
        match self.is_virtual(&fd)? {
            true => Err(ErrorCode::Access.into()),
            false => self.wasi.set_times(fd, access, modification).await,
        }
    }

    async fn set_times_at(
        &mut self,
        fd: Fd,
        path_flags: types::PathFlags,
        path: String,
        access: types::NewTimestamp,
        modification: types::NewTimestamp,
    ) -> FsResult<()> {
        self.only_real(&fd, &path)?;
        self.wasi.set_times_at(fd, path_flags, path, access, modification).await
    }

    async fn create_directory_at(&mut self, fd: Fd, path: String) -> FsResult<()> {
        self.only_real(&fd, &path)?;
        self.wasi.create_directory_at(fd, path).await
    }

    async fn remove_directory_at(&mut self, fd: Fd, path: String) -> FsResult<()> {
        self.only_real(&fd, &path)?;
        self.wasi.remove_directory_at(fd, path).await
    }

    async fn unlink_file_at(&mut self, fd: Fd, path: String) -> FsResult<()> {
        self.only_real(&fd, &path)?;
        self.wasi.unlink_file_at(fd, path).await
    }

    async fn symlink_at(&mut self, fd: Fd, old_path: String, new_path: String) -> FsResult<()> {
        self.only_real(&fd, &new_path)?;
        self.wasi.symlink_at(fd, old_path, new_path).await
    }

    async fn readlink_at(&mut self, fd: Fd, path: String) -> FsResult<String> {
        self.only_real(&fd, &path)?;
        self.wasi.readlink_at(fd, path).await
    }

    async fn link_at(&mut self, fd: Fd, flags: types::PathFlags, old_path: String, new_fd: Fd, new_path: String) -> FsResult<()> {
        self.only_real(&fd, &old_path)?;
        self.only_real(&new_fd, &new_path)?;
        self.wasi.link_at(fd, flags, old_path, new_fd, new_path).await
    }

    async fn rename_at(&mut self, fd: Fd, old_path: String, new_fd: Fd, new_path: String) -> FsResult<()> {
        self.only_real(&fd, &old_path)?;
        self.only_real(&new_fd, &new_path)?;
        self.wasi.rename_at(fd, old_path, new_fd, new_path).await
    }

    async fn advise(&mut self, fd: Fd, offset: u64, length: u64, advice: types::Advice) -> FsResult<()> {
        self.wasi.advise(fd, offset, length, advice).await
    }

    async fn sync_data(&mut self, fd: Fd) -> FsResult<()> {
        self.wasi.sync_data(fd).await
    }

    async fn sync(&mut self, fd: Fd) -> FsResult<()> {
        self.wasi.sync(fd).await
    }

    async fn set_size(&mut self, fd: Fd, size: u64) -> FsResult<()> {
        self.wasi.set_size(fd, size).await
    }

    async fn read(&mut self, fd: Fd, length: u64, offset: u64) -> FsResult<(Vec<u8>, bool)> {
        if let Descriptor::File(file) = self.wasi.table.get(&fd)?
            && let Some(bytes) = cached::read_at(&file.file, length, offset)
        {
            let end = bytes.is_empty();
            return Ok((bytes, end));
        }
        self.wasi.read(fd, length, offset).await
    }

    async fn write(&mut self, fd: Fd, bytes: Vec<u8>, offset: u64) -> FsResult<u64> {
        self.wasi.write(fd, bytes, offset).await
    }

    fn read_via_stream(&mut self, fd: Fd, offset: u64) -> FsResult<Resource<DynInputStream>> {
        self.wasi.read_via_stream(fd, offset)
    }

    fn write_via_stream(&mut self, fd: Fd, offset: u64) -> FsResult<Resource<DynOutputStream>> {
        self.wasi.write_via_stream(fd, offset)
    }

    fn append_via_stream(&mut self, fd: Fd) -> FsResult<Resource<DynOutputStream>> {
        self.wasi.append_via_stream(fd)
    }

    async fn is_same_object(&mut self, a: Fd, b: Fd) -> wasmtime::Result<bool> {
        self.wasi.is_same_object(a, b).await
    }

    async fn metadata_hash(&mut self, fd: Fd) -> FsResult<types::MetadataHashValue> {
        self.wasi.metadata_hash(fd).await
    }

    fn drop(&mut self, fd: Fd) -> wasmtime::Result<()> {
        HostDescriptor::drop(&mut self.wasi, fd)
    }
}

impl HostDirectoryEntryStream for FilesView<'_> {
    async fn read_directory_entry(
        &mut self,
        stream: Resource<types::DirectoryEntryStream>,
    ) -> FsResult<Option<types::DirectoryEntry>> {
        self.wasi.read_directory_entry(stream).await
    }

    fn drop(&mut self, stream: Resource<types::DirectoryEntryStream>) -> wasmtime::Result<()> {
        HostDirectoryEntryStream::drop(&mut self.wasi, stream)
    }
}
