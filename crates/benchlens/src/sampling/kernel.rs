//! Names of kernel functions, from `/proc/kallsyms`, which usually shows addresses only to root.

use std::fs;

/// The kernel's functions by address.
#[derive(Debug, Default)]
pub(super) struct Kernel {
    functions: Vec<(u64, String)>,
}

impl Kernel {
    /// Reads `/proc/kallsyms`. Without permission every address there is zero; then no function has a name.
    pub(super) fn read() -> Self {
        Self::parse(&fs::read_to_string("/proc/kallsyms").unwrap_or_default())
    }

    fn parse(text: &str) -> Self {
        let mut functions: Vec<_> = (text.lines())
            .filter_map(|line| {
                let mut fields = line.split_whitespace();
                let address = u64::from_str_radix(fields.next()?, 16).ok()?;
                let kind = fields.next()?;
                let is_code = matches!(kind, "t" | "T" | "w" | "W");
                (address > 0 && is_code).then_some((address, fields.next()?.to_owned()))
            })
            .collect();
        functions.sort();
        Self { functions }
    }

    fn function(&self, address: u64) -> Option<&str> {
        let after = self.functions.partition_point(|(at, _)| *at <= address);
        let (_, name) = self.functions.get(after.checked_sub(1)?)?;
        Some(name)
    }

    /// The outermost system call on a kernel stack; `None` if there is none, or if the addresses are hidden.
    pub(super) fn system_call(&self, stack: &[u64]) -> Option<String> {
        const BEFORE: [&str; 4] = ["__x64_sys_", "__do_sys_", "__se_sys_", "ksys_"];
        let names = stack.iter().filter_map(|&address| self.function(address));
        let mut calls = names.filter_map(|name| {
            let name = BEFORE.iter().find_map(|it| name.strip_prefix(it))?;
            Some(name.split('.').next().unwrap_or(name).to_owned())
        });
        calls.next_back()
    }

    /// Why a thread was in the kernel without a system call.
    pub(super) fn reason(&self, stack: &[u64]) -> &'static str {
        let names = stack.iter().filter_map(|&address| self.function(address));
        for name in names {
            if name.contains("page_fault") {
                return "page fault";
            }
            if name.contains("sysvec") || name.contains("interrupt") || name.contains("irq") {
                return "interrupt";
            }
        }
        match self.functions.is_empty() {
            true => "page fault or interrupt",
            false => "other",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_system_call_and_a_page_fault_are_told_apart() {
        let kernel = Kernel::parse(
            "ffffffff00000010 T ksys_read\nffffffff00000020 T __x64_sys_read.cold\n\
             ffffffff00000030 D data\nffffffff00000040 t asm_exc_page_fault\n",
        );
        assert_eq!(
            kernel.system_call(&[0xffff_ffff_0000_0012, 0xffff_ffff_0000_0031]),
            Some("read".to_owned())
        );
        assert_eq!(kernel.system_call(&[0xffff_ffff_0000_0041]), None);
        assert_eq!(kernel.reason(&[0xffff_ffff_0000_0041]), "page fault");
        // The addresses are hidden.
        let hidden = Kernel::parse("0000000000000000 T ksys_read\n");
        assert_eq!(hidden.system_call(&[1]), None);
        assert_eq!(hidden.reason(&[1]), "page fault or interrupt");
    }
}
