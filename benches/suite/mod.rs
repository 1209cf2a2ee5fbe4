//! Shared by the three benches: the cases, and the folder of their figures.

use std::path::Path;
use std::process::ExitCode;

use benchlens::region::Observable;
use benchlens::run::{Closing, Harness, Switch, target_folder};
use benchlens::{Lens, Suite};
use benchlens_suite::cases::{self, counting::Feeds};

use crate::peers;

/// The suite under one lens. The executable of the last lens prints the joined table.
pub(crate) struct Bench {
    pub(crate) lens: Lens,
    pub(crate) allocator: Option<Switch>,
    pub(crate) observable: Option<Observable>,
    pub(crate) is_last: bool,
}

impl Bench {
    pub(crate) fn run(self) -> ExitCode {
        match self.try_run() {
            Ok(code) => code,
            Err(error) => {
                let reason = benchlens::failure::chain(&*error);
                let _ =
                    std::io::Write::write_fmt(&mut std::io::stderr(), format_args!("{reason}\n"));
                ExitCode::FAILURE
            }
        }
    }

    fn try_run(self) -> Result<ExitCode, Box<dyn std::error::Error>> {
        let folder = target_folder()
            .canonicalize()?
            .join("tmp")
            .join("benchlens");
        std::fs::create_dir_all(&folder)?;
        // Inputs have relative paths, so that the length of the folder's path does not change a
        // count.
        std::env::set_current_dir(&folder)?;
        let feeds = Feeds::in_folder(Path::new(""))?;
        let harness = Harness::new(benchlens::target!())
            .suite("suite")
            .lenses(&[self.lens])
            .allocator(self.allocator)
            .observable(self.observable);
        let closing = Closing {
            results: Some(Path::new(env!("CARGO_MANIFEST_DIR")).join("results/latest")),
            is_last: self.is_last,
            ..Closing::default()
        };
        let declare = |suite: &mut Suite| {
            cases::declare(suite, &feeds);
            peers::declare(suite);
            peers::declare_many(suite);
        };
        let (mut output, mut errors) = (std::io::stdout(), std::io::stderr());
        Ok(benchlens::run::run(
            &harness,
            declare,
            &closing,
            &mut output,
            &mut errors,
        ))
    }
}
