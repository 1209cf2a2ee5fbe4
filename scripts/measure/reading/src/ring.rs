//! Reading with io_uring: batches of files, each opened, read and closed by three linked entries, on descriptors that
//! only the ring knows.

use std::ffi::CString;
use std::io;
use std::os::fd::AsRawFd;

use io_uring::squeue::{Entry, Flags};
use io_uring::types::{DestinationSlot, Fd, Fixed};
use io_uring::{IoUring, opcode};

use super::Files;
use super::block::{self, Block};

const BATCH: u32 = 32;
/// Marks the entries whose result is a number of bytes.
const READ: u64 = 1;

pub struct Ring {
    ring: IoUring,
    buffers: Vec<Block>,
}

impl Ring {
    pub fn new() -> io::Result<Self> {
        let ring = IoUring::new(4 * BATCH)?;
        ring.submitter().register_files_sparse(BATCH)?;
        let buffers = (0..BATCH).map(|_| Block::at(0)).collect();
        Ok(Self { ring, buffers })
    }

    pub fn read(&mut self, files: &Files) -> io::Result<usize> {
        let mut bytes = 0;
        for names in files.names.chunks(BATCH as usize) {
            for (slot, name) in (0..).zip(names) {
                for entry in self.entries(files, slot, name) {
                    // SAFETY: the name and the buffer stay where they are until all entries are completed, below.
                    unsafe { self.ring.submission().push(&entry) }.map_err(io::Error::other)?;
                }
            }
            self.ring.submit_and_wait(3 * names.len())?;
            for completed in self.ring.completion() {
                let result = completed.result();
                if result < 0 {
                    return Err(io::Error::from_raw_os_error(-result));
                }
                if completed.user_data() == READ {
                    bytes += result as usize;
                }
            }
        }
        Ok(bytes)
    }

    fn entries(&mut self, files: &Files, slot: u32, name: &CString) -> [Entry; 3] {
        let folder = Fd(files.folder.as_raw_fd());
        let target = DestinationSlot::try_from_slot_target(slot).expect("a slot of the batch");
        let buffer = &mut self.buffers[slot as usize];
        let open = opcode::OpenAt::new(folder, name.as_ptr())
            .flags(libc::O_RDONLY)
            .file_index(Some(target))
            .build();
        let read =
            opcode::Read::new(Fixed(slot), buffer.as_mut_ptr(), block::LENGTH as u32).build();
        let close = opcode::Close::new(Fixed(slot)).build();
        [
            open.flags(Flags::IO_LINK),
            // A file shorter than the buffer would break a plain link.
            read.flags(Flags::IO_HARDLINK).user_data(READ),
            close,
        ]
    }
}
