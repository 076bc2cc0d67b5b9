//! `doorward serve`: the gateway.

use std::path::PathBuf;

use clap::Args;

use crate::{
    config::Settings,
    serve::{self, Gateway},
};

/// Runs the gateway.
#[derive(Debug, Args)]
pub(crate) struct Serve {
    /// Settings file in YAML; options and environment variables win over it
    #[arg(long, short, env = "DOORWARD_CONFIG", value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(flatten)]
    settings: Settings,
}

impl Serve {
    /// Runs until it is told to stop.
    pub(crate) async fn run(self) -> anyhow::Result<()> {
        serve::start_logging("info");
        let settings = self.settings.over_file(self.config.as_ref())?;
        let stopped = serve::asked_to_stop()?;
        let gateway = Gateway::start(&settings).await?;
        let postgres = gateway.postgres.map(tracing::field::display);
        let mysql = gateway.mysql.map(tracing::field::display);
        let redis = gateway.redis.map(tracing::field::display);
        tracing::info!(console = %gateway.url, ssh = %gateway.ssh, postgres, mysql, redis, data = %gateway.data.display(), "the gateway is up");
        if let Some(link) = gateway.setup_link().await? {
            // Not where the log goes: whoever has it becomes the administrator.
            println!(
                "\nNobody administers this gateway yet. Open this link once, within 24 hours:\n\n  {link}\n"
            );
        }
        stopped.await;
        tracing::info!("stopping");
        gateway.stop().await;
        Ok(())
    }
}
