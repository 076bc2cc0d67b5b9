import { Link } from '@tanstack/react-router';
import { Page } from '../../layout/Page';
import { Command } from '../../ui/Command';
import styles from './Approvals.module.css';

/** What approvals are, for those who ask and for those who decide. */
export function Help() {
  return (
    <Page title="About approvals" up={{ to: '/approvals', title: 'Approvals' }} prose>
      <div className={styles['help']}>
        <p>Also called reviews, access requests, or just-in-time access.</p>
        <h2 id="access">Before a session begins</h2>
        <p>
          A <Link to="/manage/$kind" params={{ kind: 'profile' }} search={{}}>profile</Link> can say that others have to agree before a session under it begins. Until then
          nothing reaches the resource. Whoever connects waits, is told who is asked, and goes on by themselves within a second of the decision. Whoever leaves takes the request
          back.
        </p>
        <p>Access can also be asked for ahead: on the page of a resource, or on the command line. It can be used as often as one likes until its time is over.</p>
        <p>
          <Command line="doorward request web1 --reason 'disk full' --duration 2h" />
        </p>
        <p>Where a reason or a ticket number has to be given, access is always asked for ahead.</p>
        <h2 id="actions">Inside a session</h2>
        <p>
          A rule can hold a single statement or command until somebody agrees, while the connection lives. The request shows what is held; it is sent unchanged when it is approved,
          and refused in the client's own words when it is not.
        </p>
        <h2 id="deciding">Deciding</h2>
        <ul>
          <li>Nobody decides their own request, and nobody votes twice.</li>
          <li>Reviewers are asked in tiers, one after the other; in each a number of people has to agree.</li>
          <li>One reviewer who says no ends the request. The requester reads what was written.</li>
          <li>What nobody decides in time counts as denied.</li>
          <li>Every request and every vote is in the audit log.</li>
        </ul>
      </div>
    </Page>
  );
}
