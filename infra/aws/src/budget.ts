/** The budget of the account, which writes an e-mail before the money is gone. */
import { CfnBudget } from 'aws-cdk-lib/aws-budgets';
import type { Construct } from 'constructs';

/**
 * A monthly budget in USD with e-mails at 80 % spent, 100 % spent and 100 % forecast. It counts the whole
 * account: to count the stack alone its tag would have to be activated for billing first.
 */
export function addBudget(scope: Construct, options: { usd: number; email: string }): void {
  const at = (notificationType: 'ACTUAL' | 'FORECASTED', threshold: number) => ({
    notification: {
      notificationType,
      threshold,
      thresholdType: 'PERCENTAGE',
      comparisonOperator: 'GREATER_THAN',
    },
    subscribers: [{ subscriptionType: 'EMAIL', address: options.email }],
  });
  new CfnBudget(scope, 'Budget', {
    budget: {
      budgetType: 'COST',
      timeUnit: 'MONTHLY',
      budgetLimit: { amount: options.usd, unit: 'USD' },
    },
    notificationsWithSubscribers: [at('ACTUAL', 80), at('ACTUAL', 100), at('FORECASTED', 100)],
  });
}
