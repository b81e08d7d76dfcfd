//! Large arrays in huge pages.

use std::alloc::{GlobalAlloc, Layout, System};

/// The system's allocator, which asks Linux for transparent huge pages (2 MiB instead of 4 KiB) behind every block of at
/// least 4 MiB. Both programs install it: a solver's gigabytes are then given back in milliseconds instead of
/// 70 ms a gigabyte, so that a cancelled program ends at once, and first touches cost a page fault every 2 MiB.
///
/// Elsewhere, and where the system grants no huge pages, it is the system's allocator.
#[derive(Debug, Clone, Copy, Default)]
pub struct HugePages;

/// Bytes from which a block asks for huge pages: two of them, so that the most that rounding can waste is small beside it.
const LARGE: usize = 4 << 20;

#[expect(
    unsafe_code,
    reason = "an allocator is unsafe by its trait; every call is passed on to the system's as it came"
)]
unsafe impl GlobalAlloc for HugePages {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller's promises are those that the system's allocator asks for.
        advised(unsafe { System.alloc(layout) }, layout.size())
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: as above.
        advised(unsafe { System.alloc_zeroed(layout) }, layout.size())
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // SAFETY: as above; every block came from the system's allocator.
        advised(unsafe { System.realloc(block, layout, size) }, size)
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // SAFETY: as above.
        unsafe { System.dealloc(block, layout) }
    }
}

/// `block` itself, after advising huge pages for the whole pages that `size` bytes from it cover. The advice changes no
/// byte, so that a refusal is of no consequence.
#[cfg(target_os = "linux")]
#[expect(unsafe_code, reason = "madvise is a system call")]
fn advised(block: *mut u8, size: usize) -> *mut u8 {
    const PAGE: usize = 4096;
    if size >= LARGE && !block.is_null() {
        let start = (block as usize).next_multiple_of(PAGE);
        let length = (block as usize + size - start) / PAGE * PAGE;
        // SAFETY: the range lies inside the block, and the advice leaves its bytes as they are.
        unsafe { libc::madvise(start as *mut libc::c_void, length, libc::MADV_HUGEPAGE) };
    }
    block
}

#[cfg(not(target_os = "linux"))]
fn advised(block: *mut u8, _size: usize) -> *mut u8 {
    block
}

#[cfg(test)]
#[expect(unsafe_code, reason = "an allocator is driven by its unsafe trait")]
mod tests {
    use super::*;

    /// Blocks on both sides of the limit keep their bytes through growth, are zero when asked and go back.
    #[test]
    fn blocks_keep_their_bytes() {
        for (size, grown) in [(64, 2 * LARGE), (LARGE, 3 * LARGE), (2 * LARGE, 100)] {
            let layout = Layout::from_size_align(size, 64).unwrap();
            // SAFETY: sizes are not zero, and each block is used within its size and freed once with its layout.
            unsafe {
                let block = HugePages.alloc_zeroed(layout);
                assert!(!block.is_null());
                let bytes = std::slice::from_raw_parts_mut(block, size);
                assert!(bytes.iter().all(|&byte| byte == 0));
                bytes.iter_mut().enumerate().for_each(|(k, byte)| *byte = (k % 251) as u8);
                let block = HugePages.realloc(block, layout, grown);
                let kept = std::slice::from_raw_parts(block, size.min(grown));
                assert!(kept.iter().enumerate().all(|(k, &byte)| byte == (k % 251) as u8));
                HugePages.dealloc(block, Layout::from_size_align(grown, 64).unwrap());
            }
        }
    }
}
